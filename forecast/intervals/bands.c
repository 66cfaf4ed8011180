/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes and writes intervals and sample paths beside forecasts. */
#include "forecast/intervals/bands.h"

#include "datasets/table/write.h"
#include "forecast/errors/spread.h"
#include "forecast/forecaster.h"
#include "forecast/statistics/draw.h"
#include "forecast/statistics/linkage.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- which --- */

static int add(fc_bands *b, fc_band wanted, const char *suffix, nn_error *error)
{
    fc_band *bands = nn_resize(b->band, (size_t)b->count + 1, 1, sizeof *bands);
    if (!bands)
        return nn_no_memory(error);
    b->band = bands;
    fc_band *band = &b->band[b->count++];
    *band = wanted;
    snprintf(band->suffix, sizeof band->suffix, "%s", suffix);
    return NN_OK;
}

static int add_share(fc_bands *b, double share, const char *suffix, nn_error *error)
{
    return b->count < FC_MOST_BANDS
               ? add(b, (fc_band){.share = share}, suffix, error)
               : nn_fail(error, NN_USAGE, "--level and --quantiles: more than %d columns for each series",
                         FC_MOST_BANDS);
}

/* The next number of a list within (0, most), which begins at *text; *text goes behind it and its comma. */
static bool next_number(const char **text, double most, double *value)
{
    char *end;
    *value = strtod(*text, &end);
    const bool fine = end > *text && *value > 0 && *value < most && (*end == ',' || *end == '\0');
    *text = *end == ',' ? end + 1 : end;
    return fine;
}

static bool has_suffix(const fc_bands *b, const char *suffix)
{
    for (int i = 0; i < b->count; i++)
        if (strcmp(b->band[i].suffix, suffix) == 0)
            return true;
    return false;
}

int fc_bands_parse(fc_bands *b, const char *levels, const char *quantiles, nn_error *error)
{
    int code = NN_OK;
    char suffix[24];
    double value;
    for (const char *at = levels; at && *at && !code;) {
        if (!next_number(&at, 100, &value))
            return nn_fail(error, NN_USAGE, "--level: '%.60s' is no list of percents such as 80,95", levels);
        snprintf(suffix, sizeof suffix, "-lo-%g", value);
        if (has_suffix(b, suffix))
            return nn_fail(error, NN_USAGE, "--level: %g stands twice in '%.60s'", value, levels);
        code = add_share(b, (1 - value / 100) / 2, suffix, error);
        snprintf(suffix, sizeof suffix, "-hi-%g", value);
        code = code ? code : add_share(b, (1 + value / 100) / 2, suffix, error);
    }
    for (const char *at = quantiles; at && *at && !code;) {
        if (!next_number(&at, 1, &value))
            return nn_fail(error, NN_USAGE, "--quantiles: '%.60s' is no list of shares such as .1,.5,.9",
                           quantiles);
        snprintf(suffix, sizeof suffix, "-%g", value);
        if (has_suffix(b, suffix))
            return nn_fail(error, NN_USAGE, "--quantiles: %g stands twice in '%.60s'", value, quantiles);
        code = add_share(b, value, suffix, error);
    }
    return code;
}

int fc_bands_sample(fc_bands *b, int samples, uint64_t seed, nn_error *error)
{
    int code = NN_OK;
    char suffix[24];
    b->seed = seed;
    for (int i = 1; i <= samples && !code; i++) {
        snprintf(suffix, sizeof suffix, "-sample-%d", i);
        code = add(b, (fc_band){.sample = true}, suffix, error);
    }
    return code;
}

/* --- how far --- */

bool fc_bands_known(const fc_model *model)
{
    const fc_forecaster *f = model->kind->forecaster;
    bool known = f && (f->width || f->ready);
    for (int k = 0; model->spread && k < model->spread->targets && !known; k++)
        known = !isnan(fc_spread_size(model->spread, k, 1));
    return known;
}

double fc_bands_at(const fc_model *model, int k, int step, double share, double forecast)
{
    const fc_forecaster *f = model->kind->forecaster;
    const double level = fabs(2 * share - 1);
    if (!f || !f->width)
        return model->spread && k >= 0 ? fc_spread_put(model->spread, k, step, share, forecast) : NAN;
    const double half = level > 0 ? f->width(model->state, k, step, level) : 0;
    return forecast + (share < .5 ? -half : half);
}

static fc_linkage linkage_of(const fc_model *model)
{
    const fc_forecaster *f = model->kind->forecaster;
    if (f && f->width)
        return *(const fc_linkage *)((const char *)model->state + f->linkage_offset);
    return model->spread ? model->spread->linkage : (fc_linkage){.chain = NAN};
}

/* One path of target k: the j-th of the forecast's. */
static void walk(double *values, const fc_model *model, const fc_future *future, int j, int k, uint64_t key)
{
    fc_linked path = fc_linked_begin(linkage_of(model), nn_random(key, (uint64_t)j));
    for (int h = 0; h < future->steps; h++) {
        const size_t c = (size_t)h * (size_t)future->targets + (size_t)j;
        const double share = gsl_cdf_ugaussian_P(fc_linked_next(&path));
        values[c] = fc_bands_at(model, k, h + 1, share, future->values[c]);
    }
}

/* A model that knows its errors by its own quantiles alone knows nothing beyond them. */
static int check_reach(const fc_bands *b, const fc_model *model, nn_error *error)
{
    const fc_forecaster *f = model->kind->forecaster;
    double least, most;
    if (!f || !f->ready || !f->reach || model->spread)
        return NN_OK;
    if (b->past)
        return nn_fail(error, NN_USAGE,
                       "--intervals past: %s was not tried on past rows; its own quantiles "
                       "are what it knows",
                       model->kind->name);
    if (!model->task->outlook)
        return nn_fail(error, NN_USAGE,
                       "--level, --quantiles and --samples: %s has quantiles of tables alone",
                       model->kind->name);
    f->reach(model->state, &least, &most);
    for (int i = 0; i < b->count; i++)
        if (!b->band[i].sample && (b->band[i].share < least - 1e-9 || b->band[i].share > most + 1e-9))
            return nn_fail(error, NN_USAGE,
                           "%s has quantiles from %g to %g, which hold %g%%: %s asks for that of %g",
                           model->kind->name, least, most, 100 * (most - least), b->band[i].suffix + 1,
                           b->band[i].share);
    return NN_OK;
}

int fc_bands_fill(fc_bands *b, const fc_model *model, const ds_table *table, const fc_future *future,
                  nn_error *error)
{
    const size_t targets = (size_t)future->targets, cells = (size_t)future->steps * targets;
    uint64_t sample = 0;
    if (!fc_bands_known(model))
        return nn_fail(error, NN_USAGE,
                       "--level, --quantiles and --samples: this model knows nothing of how far it errs; one "
                       "that is trained "
                       "anew does, unless it is of merged or smoothed prices");
    for (int i = 0; i < b->count; i++) {
        double *values = b->band[i].values = malloc((cells + 1) * sizeof *values);
        if (!values)
            return nn_no_memory(error);
        for (int j = 0; j < future->targets && b->band[i].sample; j++)
            walk(values, model, future, j, future->known ? future->known[j] : j, nn_random(b->seed, sample));
        sample += b->band[i].sample;
        for (size_t c = 0; c < cells && !b->band[i].sample; c++) {
            const int k = future->known ? future->known[c % targets] : (int)(c % targets);
            values[c] = fc_bands_at(model, k, (int)(c / targets) + 1, b->band[i].share, future->values[c]);
        }
    }
    int code = NN_OK;
    if (!b->past && model->task->outlook)
        code = model->task->outlook(b, model, table, future, error);
    for (int i = 0; i < b->count; i++)
        for (size_t c = 0; c < cells; c++)
            if (isinf(b->band[i].values[c])) {
                b->beyond = true;
                b->band[i].values[c] = NAN;
            }
    return code ? code : check_reach(b, model, error);
}

int fc_bands_unknown(const fc_bands *b, const fc_future *future, int *first)
{
    int count = 0;
    for (int j = 0; j < future->targets && b->count; j++) {
        bool lacks = false;
        for (int h = 0; h < future->steps && !lacks; h++) {
            const size_t c = (size_t)h * (size_t)future->targets + (size_t)j;
            for (int i = 0; i < b->count && !isnan(future->values[c]) && !lacks; i++)
                lacks = isnan(b->band[i].values[c]);
        }
        if (lacks && !count++)
            *first = j;
    }
    return count;
}

void fc_bands_clear(fc_bands *b)
{
    for (int i = 0; i < b->count; i++)
        free(b->band[i].values);
    free(b->band);
    *b = (fc_bands){0};
}

/* --- as columns --- */

/* Names, each with those of its bands behind it. */
typedef struct wide_names {
    char **names; /* count; owned */
    size_t count;
} wide_names;

static bool widen_names(wide_names *w, const fc_bands *b, char *const *names, size_t count)
{
    const size_t width = (size_t)b->count + 1;
    w->names = calloc(count * width + 1, sizeof *w->names);
    w->count = w->names ? count * width : 0;
    for (size_t i = 0; i < w->count; i++)
        if (asprintf(&w->names[i], "%s%s", names[i / width], i % width ? b->band[i % width - 1].suffix : "") <
            0) {
            w->names[i] = NULL;
            return false;
        }
    return w->names;
}

static void clear_names(wide_names *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->names[i]);
    free(w->names);
}

/* The forecast's columns with those of the bands between them. */
static int widen(fc_future **out, const fc_bands *b, const fc_future *future, nn_error *error)
{
    const size_t width = (size_t)b->count + 1, targets = (size_t)future->targets;
    int code = fc_future_new(out, future->steps, future->targets * (int)width, error);
    if (code)
        return code;
    fc_future *to = *out;
    memcpy(to->time, future->time, (size_t)future->steps * sizeof *to->time);
    if (future->own && !(to->own = malloc((size_t)future->steps * targets * width * sizeof *to->own)))
        return nn_no_memory(error);
    for (size_t j = 0; j < targets * width; j++)
        to->columns[j] = (int)((size_t)future->columns[j / width] * width + j % width);
    for (size_t c = 0; c < (size_t)future->steps * targets; c++)
        for (size_t i = 0; i < width; i++) {
            to->values[c * width + i] = i ? b->band[i - 1].values[c] : future->values[c];
            if (future->own)
                to->own[c * width + i] = future->own[c];
        }
    return NN_OK;
}

/* The last rows of a table with each column as often as it has columns now, for the writer looks at how much
 * values change; malloced. */
static double *widen_rows(ds_table *table, const ds_table *like, size_t width)
{
    enum { SEEN = 1000 };
    const size_t n = (size_t)like->columns, rows = like->rows < SEEN ? like->rows : SEEN,
                 from = like->rows - rows;
    double *values = nn_resize(NULL, rows * n + 1, width, sizeof *values);
    for (size_t i = 0; i < rows * n * width && values; i++)
        values[i] = like->values[from * n + i / width];
    table->rows = rows;
    table->time = like->time ? like->time + from : NULL;
    table->values = values;
    table->filled = NULL;
    return values;
}

int fc_bands_write(const fc_bands *b, const fc_future *future, const char *path, const ds_table *like,
                   nn_error *error)
{
    if (b->count == 0)
        return fc_future_write(future, path, like, error);
    const int width = b->count + 1;
    const ds_layout *layout = &like->layout;
    ds_table table = *like;
    wide_names names = {0}, values = {0};
    fc_future *wide = NULL;
    const size_t columns = (size_t)like->columns;
    bool fine = widen_names(&names, b, like->names, columns);
    if (layout->longform)
        fine = widen_names(&values, b, layout->value_names, (size_t)layout->value_count) && fine;
    fine = widen_rows(&table, like, (size_t)width) && fine;
    table.names = names.names;
    table.columns *= width;
    table.layout.value_names = values.names;
    table.layout.value_count *= width;
    table.layout.time_position *= width;
    table.layout.id_position *= width;
    int code = fine ? widen(&wide, b, future, error) : nn_no_memory(error);
    if (!code)
        code = fc_future_write(wide, path, &table, error);
    fc_future_free(wide);
    free(table.values);
    clear_names(&names);
    clear_names(&values);
    return code;
}
