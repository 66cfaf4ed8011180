/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small plans for tests: a builder records operations on named ports, the same builder serves the whole batch
 * and its shards, and the ports' values are drawn once for the whole batch. Works in float and in double. */
#ifndef TESTS_GRAPH_H
#define TESTS_GRAPH_H

#include "lib/plan.h"

enum { GRAPH_MAX_PORTS = 6, GRAPH_MAX_OUTPUTS = 4 };

typedef enum graph_fill {
    FILL_UNIFORM, /* U(-1, 1) */
    FILL_AWAY,    /* 0.2 to 1 with a random sign: away from the kink of relu */
    FILL_MASK,    /* U(-1, 1), a third of the entries -inf, but never in column 0 */
    FILL_HOLES, /* 1.5 to 2.5 with a random sign, every fifth or so NaN: targets away from predictions in (-1,
                   1) */
    FILL_ONE,
    FILL_ZERO,
    FILL_SEEN,  /* 1, a third of the entries 0, but never in column 0 */
    FILL_PLACES /* whole numbers: 1, 4, 7, ... */
} graph_fill;

typedef struct graph_port {
    nn_tensor *tensor;
    graph_fill fill;
    const int *lengths; /* of all sequences of the whole batch; NULL for dense ports */
    bool constant;
} graph_port;

typedef struct graph {
    nn_plan *plan;
    int batch; /* the plan's */
    graph_port ports[GRAPH_MAX_PORTS];
    int port_count;
    nn_tensor *outputs[GRAPH_MAX_OUTPUTS];
    int output_count;
    bool has_loss;
} graph;

typedef void (*graph_build_fn)(graph *g, const void *config);

/* Values of all ports for the whole batch. */
typedef struct graph_data {
    int batch, count;
    nn_real *values[GRAPH_MAX_PORTS];
    size_t sizes[GRAPH_MAX_PORTS];
} graph_data;

/* --- for builders --- */
nn_tensor *graph_input(graph *g, graph_fill fill, int inner_rank, const int *inner_shape); /* with gradient */
nn_tensor *graph_plain_input(graph *g, graph_fill fill, int inner_rank, const int *inner_shape); /* without */
nn_tensor *graph_input3(graph *g, graph_fill fill, int tokens, int width); /* (B,tokens,width) */
/* lengths holds as many entries as the whole batch has sequences, total of them all. */
nn_tensor *graph_ragged(graph *g, graph_fill fill, const int *lengths, int sequences, int width);
nn_tensor *graph_constant(graph *g, graph_fill fill, int rows, int columns);
void graph_output(graph *g, nn_tensor *x);
void graph_loss(graph *g, nn_loss_kind kind, double parameter, nn_tensor *prediction, nn_tensor *target);

/* --- for tests --- */
/* Records and compiles; allocates params when they are not yet. Fails the test on any error. */
void graph_make(graph *g, nn_params *params, int batch, bool training, graph_build_fn build,
                const void *config);
void graph_clear(graph *g);
void graph_data_draw(graph_data *data, const graph *whole, uint64_t seed);
void graph_data_clear(graph_data *data);
/* Puts samples [first, first + used) of the data into the ports, NaN into the room behind them, and sets the
 * run's place. */
void graph_load(const graph *g, const graph_data *data, int first, int used, nn_run *run);

/* Elements of a tensor in use by a run, and the place of its element 0 in the whole batch. */
size_t graph_used(const graph *g, const nn_tensor *x, const nn_run *run);
size_t graph_first(const graph *g, const nn_tensor *x, const nn_run *run);

/* Adds U(-0.3, 0.3) to every parameter, so that norms' gains and biases are nothing special. */
void graph_shake(nn_params *params, uint64_t seed);
/* U(-1, 1) from a counter. */
double graph_uniform(uint64_t key, size_t index);

#endif
