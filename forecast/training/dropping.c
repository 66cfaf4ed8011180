/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows parts of training samples. */
#include "forecast/training/dropping.h"

#include "forecast/model_internal.h"
#include "lib/base/random.h"

#include <stdlib.h>
#include <string.h>

/* Rows [0, gone) become the first that stays. */
static void drop_oldest(float *x, size_t columns, size_t gone)
{
    for (size_t r = 0; r < gone; r++)
        memcpy(x + r * columns, x + gone * columns, columns * sizeof *x);
}

/* Of the first rows - gone, linear between neighbours, from the last row on: each reads what is not behind
 * it, and is not written yet. */
static void drop_latest(float *x, size_t rows, size_t columns, size_t gone)
{
    const size_t kept = rows - gone;
    for (size_t r = rows; r-- > 0;) {
        const double at = rows > 1 ? (double)r * (double)(kept - 1) / (double)(rows - 1) : 0;
        const size_t below = (size_t)at, above = below + 1 < kept ? below + 1 : below;
        const double share = at - (double)below;
        for (size_t c = 0; c < columns; c++)
            x[r * columns + c] = (float)((1 - share) * (double)x[below * columns + c] +
                                         share * (double)x[above * columns + c]);
    }
}

void fc_drop_rows(float *x, size_t blocks, size_t rows, size_t columns, size_t gone, bool latest)
{
    if (gone >= rows)
        gone = rows - 1;
    for (size_t b = 0; b < blocks && gone > 0; b++, x += rows * columns)
        if (latest)
            drop_latest(x, rows, columns, gone);
        else
            drop_oldest(x, columns, gone);
}

#ifndef NN_DOUBLE
/* Of windows a tenth to a half of the rows, of light curves up to nine tenths. */
static size_t count_gone(const fc_dropping *d, uint64_t key, size_t rows)
{
    const double u = nn_random_uniform(key, 1), share = d->latest ? 0.9 * u : 0.1 + 0.4 * u;
    return nn_random_uniform(key, 0) < d->share ? (size_t)(share * (double)rows) : 0;
}

static void load(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const fc_dropping *d = context;
    const nn_tensor *x = ports->inputs[0];
    d->whole.load(d->whole.context, index, count, key, ports);
    if (x->ragged || x->rank < 3)
        return;
    const size_t rows = (size_t)x->shape[x->rank - 2], columns = (size_t)x->shape[x->rank - 1];
    size_t blocks = 1;
    for (int k = 1; k < x->rank - 2; k++)
        blocks *= (size_t)x->shape[k];
    for (int i = 0; i < count; i++)
        fc_drop_rows(x->data + (size_t)i * blocks * rows * columns, blocks, rows, columns,
                     count_gone(d, nn_random(nn_random(d->seed, key), index[i]), rows), d->latest);
}
#else
static void load(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const fc_dropping *d = context;
    d->whole.load(d->whole.context, index, count, key, ports);
}
#endif

static void begin_batch(void *context, const size_t *index, int count, uint64_t key)
{
    const fc_dropping *d = context;
    d->whole.begin_batch(d->whole.context, index, count, key);
}

static void largest(const void *context, const size_t *index, size_t count, char *text, size_t size)
{
    const fc_dropping *d = context;
    d->whole.largest(d->whole.context, index, count, text, size);
}

double fc_drop_setting(const fc_model *model)
{
    const nn_option *option = nn_option_find(model->kind->options, "drop-history");
    char text[64] = "";
    if (option)
        nn_option_get(option, model->config, text, sizeof text);
    return strtod(text, NULL);
}

void fc_drop(fc_dropping *dropping, const fc_model *model, fc_lesson *lesson)
{
    *dropping = (fc_dropping){.whole = lesson->train,
                              .share = fc_drop_setting(model),
                              .latest = model->task->drops_latest,
                              .seed = nn_random(model->record.training.seed, UINT64_C(0x64726f70))};
    if (dropping->share <= 0)
        return;
    lesson->train.context = dropping;
    lesson->train.load = load;
    lesson->train.begin_batch = dropping->whole.begin_batch ? begin_batch : NULL;
    lesson->train.largest = dropping->whole.largest ? largest : NULL;
}
