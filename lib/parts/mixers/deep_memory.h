/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as memory that learns while it is read (ATLAS, arXiv 2505.23735): M(x) = scale LN(up project
 * gelu(hidden LN([z, z_i z_j for i <= j]))), z = down x. The form, and the rule by which it learns, are those
 * of the published code. */
#ifndef NN_DEEP_MEMORY_H
#define NN_DEEP_MEMORY_H

#include "lib/base/real.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct nn_deep_memory {
    int width, key, hidden; /* columns of x and of M(x), of z, and between */
    double epsilon;         /* of its norms */
} nn_deep_memory;

/* Its parameters lie one after another: scale (1), down (key,width), the gain and shift of the features,
 * hidden (hidden,features), project (key,hidden), up (width,key), the gain and shift of the output. */
enum { NN_DEEP_MEMORY_TENSORS = 9 };
typedef struct nn_deep_tensor {
    const char *name;  /* "down.weight" */
    int rows, columns; /* columns 0: a vector of so many rows */
    size_t offset, count;
} nn_deep_tensor;
nn_deep_tensor nn_deep_memory_tensor(const nn_deep_memory *m, int index);
size_t nn_deep_memory_size(const nn_deep_memory *m);

/* y = M(x) of one row; trace: room of nn_deep_memory_trace elements, which backward reads. */
size_t nn_deep_memory_trace(const nn_deep_memory *m);
void nn_deep_memory_recall(const nn_deep_memory *m, const nn_real *params, nn_real *y, const nn_real *x,
                           nn_real *trace);
/* grads += and dx += the gradients of what recall made; dx NULL: nobody asks. The trace is spoilt. */
void nn_deep_memory_back(const nn_deep_memory *m, const nn_real *params, nn_real *grads, nn_real *dx,
                         const nn_real *dy, const nn_real *x, nn_real *trace);

/* How it learns: of a window of pairs the mean of decay^age |M(k) - v|^2, age counted from the last one;
 * momentum = theta momentum + gradient; M = alpha M - eta step, where the step is the momentum's nearest
 * orthogonal matrix, nearly, or, of a vector, its direction. */
typedef struct nn_deep_rule {
    double decay, theta, alpha, eta;
} nn_deep_rule;

/* grads += the gradient of `count` pairs, ld elements apart, of which there are `windows` such windows;
 * returns their loss. room: nn_deep_memory_trace + width elements. */
double nn_deep_memory_study(const nn_deep_memory *m, const nn_deep_rule *rule, const nn_real *params,
                            nn_real *grads, const nn_real *keys, const nn_real *values, size_t ld, int count,
                            int windows, nn_real *room);
/* The rule's step. room: nn_deep_memory_room elements. */
size_t nn_deep_memory_room(const nn_deep_memory *m);
void nn_deep_memory_learn(const nn_deep_memory *m, const nn_deep_rule *rule, nn_real *params,
                          nn_real *momentum, const nn_real *grads, nn_real *room);

/* Five turns of Newton and Schulz (Jordan et al. 2024, Muon) from x / (|x| + 1e-7): x (rows,columns) becomes
 * nearly the orthogonal matrix nearest to it. room: nn_newton_schulz_room elements. */
size_t nn_newton_schulz_room(int rows, int columns);
void nn_newton_schulz(nn_real *x, int rows, int columns, nn_real *room);

#endif
