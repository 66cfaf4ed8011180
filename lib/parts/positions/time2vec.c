/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Learned sinusoids of the place (Time2Vec, Kazemi et al. 2019, arXiv 1907.05321), beside the token, mapped
 * back to its columns. */
#include "lib/parts/block.h"

typedef struct time2vec {
    int waves;
} time2vec;

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x,
                        const nn_places *places)
{
    const time2vec *t = settings;
    (void)places;
    if (!x)
        return NULL;
    /* with tau = t/T a sine may turn by up to 1 radian a token at first */
    nn_tensor *y =
        nn_time2vec(plan, nn_name(plan, "%s.t2v", name), x,
                    (nn_time2vec_options){.form = NN_TIME2VEC_TIME, .waves = t->waves, .bound = x->shape[1]});
    return nn_linear(plan, nn_name(plan, "%s.map", name), y, x->shape[x->rank - 1]);
}

static const nn_option options[] = {
    {"sines", 0, NN_INT, offsetof(time2vec, waves), "4", "N", 1, 1024, "learned sinusoids"}, {0}};

const nn_position_kind nn_position_time2vec = {
    {"time2vec", "learned sinusoids of the place (Time2Vec, arXiv 1907.05321)", "d^2",
     NN_PART_ORDER | NN_PART_FIXED, options, sizeof(time2vec)},
    build};
