/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times one layer with each mixer beside softmax: mixers TOKENS WIDTH HEADS HIDDEN BATCH [MIXER ...], without
 * names all of the list. Seconds are of the processor, so that a busy machine disturbs little. */
#include "lib/parts/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEAST_RUNS = 5 };
static const double longest = 1; /* seconds for one figure */

typedef struct shape {
    int tokens, width, heads, hidden, batch;
} shape;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double best(nn_plan *plan, nn_run *run, const nn_tensor *y, size_t outputs, bool backward)
{
    double least = 1e9, begin = seconds();
    for (int i = 0; i < LEAST_RUNS || seconds() - begin < longest; i++) {
        const double start = seconds();
        nn_plan_forward(plan, run);
        if (backward) {
            for (size_t k = 0; k < outputs; k++)
                y->grad[k] = 1;
            nn_plan_backward(plan, run);
        }
        const double took = seconds() - start;
        least = took < least ? took : least;
    }
    return least;
}

/* A layer's milliseconds forward, and forward and backward. */
static int time_layer(const shape *s, const char *text, double *forward, double *both, nn_error *error)
{
    nn_block block = {.heads = s->heads, .hidden = s->hidden, .activation = NN_GELU};
    if (nn_part_parse(&block.mixer, NN_PART_MIXER, text, strlen(text), error))
        return error->code;
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, s->batch, true);
    nn_tensor *x = nn_input_with_gradient(plan, 2, (int[]){s->tokens, s->width});
    nn_tensor *y = nn_keep(plan, nn_encoder_block(plan, "b", x, NULL, &block));
    if (!nn_params_allocate(params, 1, error) && !nn_plan_compile(plan, error)) {
        const size_t count = (size_t)s->batch * (size_t)s->tokens * (size_t)s->width;
        nn_real *grads = calloc(params->size, sizeof *grads);
        for (size_t i = 0; i < count; i++)
            x->data[i] = (nn_real)((i * 2654435761u >> 8) % 2001) / 1000 - 1;
        nn_run run = {.batch = s->batch, .params = params->data, .grads = grads, .loss_scale = 1};
        *forward = 1e3 * best(plan, &run, y, count, false) / s->batch;
        *both = 1e3 * best(plan, &run, y, count, true) / s->batch;
        free(grads);
    }
    nn_plan_free(plan);
    nn_params_free(params);
    nn_part_clear(&block.mixer);
    return error->code;
}

static void print_layer(const shape *s, const char *text)
{
    static double softmax_forward, softmax_both;
    double forward = 0, both = 0;
    nn_error error = {0};
    if (time_layer(s, text, &forward, &both, &error)) {
        printf("%-24s %s\n", text, error.text);
        return;
    }
    if (softmax_forward == 0) {
        softmax_forward = forward;
        softmax_both = both;
    }
    printf("%-24s %9.3f %6.2f %9.3f %6.2f\n", text, forward, softmax_forward / forward, both,
           softmax_both / both);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "mixers TOKENS WIDTH HEADS HIDDEN BATCH [MIXER ...]\n");
        return 2;
    }
    const shape s = {atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5])};
    const nn_part_kind *kind;
    printf("%-24s %9s %6s %9s %6s\n", "mixer", "fwd ms", "times", "+bwd ms", "times");
    print_layer(&s, "softmax");
    for (int i = 6; i < argc; i++)
        print_layer(&s, argv[i]);
    for (int i = 1; argc == 6 && (kind = nn_part_at(NN_PART_MIXER, i)); i++)
        print_layer(&s, kind->name);
    return 0;
}
