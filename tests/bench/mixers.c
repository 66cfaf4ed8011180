/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times one layer with each mixer beside softmax: mixers TOKENS WIDTH HEADS HIDDEN BATCH [MIXER ...], without
 * names all of the list. Milliseconds of the processor a sequence, medians; how many times as fast as softmax
 * is the median over rounds in which all have their turn, so that a machine that changes its pace disturbs
 * little. */
#include "lib/parts/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 7, MOST = 64 };

typedef struct shape {
    int tokens, width, heads, hidden, batch;
} shape;

typedef struct layer {
    const char *text;
    nn_block block;
    nn_params *params;
    nn_plan *plan;
    nn_tensor *y;
    nn_real *grads;
    double forward[ROUNDS], both[ROUNDS];
} layer;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int make(layer *l, const shape *s, const char *text, nn_error *error)
{
    *l = (layer){.text = text, .block = {.heads = s->heads, .hidden = s->hidden, .activation = NN_GELU}};
    if (nn_part_parse(&l->block.mixer, NN_PART_MIXER, text, strlen(text), error))
        return error->code;
    l->params = nn_params_new();
    l->plan = nn_plan_new(l->params, s->batch, true);
    nn_tensor *x = nn_input_with_gradient(l->plan, 2, (int[]){s->tokens, s->width});
    l->y = nn_keep(l->plan, nn_encoder_block(l->plan, "b", x, NULL, &l->block));
    if (nn_params_allocate(l->params, 1, error) || nn_plan_compile(l->plan, error))
        return error->code;
    const size_t count = (size_t)s->batch * (size_t)s->tokens * (size_t)s->width;
    l->grads = calloc(l->params->size, sizeof *l->grads);
    for (size_t i = 0; i < count; i++)
        x->data[i] = (nn_real)((i * 2654435761u >> 8) % 2001) / 1000 - 1;
    return l->grads ? NN_OK : nn_no_memory(error);
}

static void run(layer *l, const shape *s, int round)
{
    nn_run run = {.batch = s->batch, .params = l->params->data, .grads = l->grads, .loss_scale = 1};
    const size_t count = (size_t)s->batch * (size_t)s->tokens * (size_t)s->width;
    const double begin = seconds();
    nn_plan_forward(l->plan, &run);
    const double middle = seconds();
    for (size_t k = 0; k < count; k++)
        l->y->grad[k] = 1;
    nn_plan_backward(l->plan, &run);
    l->forward[round] = 1e3 * (middle - begin) / s->batch;
    l->both[round] = 1e3 * (seconds() - begin) / s->batch;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the values, or of what softmax took over them. */
static double median(const double *values, const double *over)
{
    double sorted[ROUNDS];
    for (int r = 0; r < ROUNDS; r++)
        sorted[r] = over ? over[r] / values[r] : values[r];
    qsort(sorted, ROUNDS, sizeof *sorted, ascending);
    return sorted[ROUNDS / 2];
}

static void print(const layer *l, const layer *softmax)
{
    printf("%-24s %9.3f %6.2f %9.3f %6.2f\n", l->text, median(l->forward, NULL),
           median(l->forward, softmax->forward), median(l->both, NULL), median(l->both, softmax->both));
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "mixers TOKENS WIDTH HEADS HIDDEN BATCH [MIXER ...]\n");
        return 2;
    }
    static layer layers[MOST];
    const shape s = {atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5])};
    const char *names[MOST] = {"softmax"};
    const nn_part_kind *kind;
    int count = 1, good = 0;
    for (int i = 6; i < argc && count < MOST; i++)
        names[count++] = argv[i];
    for (int i = 1; argc == 6 && count < MOST && (kind = nn_part_at(NN_PART_MIXER, i)); i++)
        names[count++] = kind->name;
    for (int i = 0; i < count; i++) {
        nn_error error = {0};
        if (make(&layers[good], &s, names[i], &error))
            printf("%-24s %s\n", names[i], error.text);
        else
            good++;
    }
    for (int round = -1; round < ROUNDS; round++) /* the first does not count */
        for (int i = 0; i < good; i++)
            run(&layers[i], &s, round < 0 ? 0 : round);
    printf("%-24s %9s %6s %9s %6s\n", "mixer", "fwd ms", "times", "+bwd ms", "times");
    for (int i = 0; i < good; i++)
        print(&layers[i], &layers[0]);
    return 0;
}
