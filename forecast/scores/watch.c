/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges row after row of a series by the errors of the rows before. */
#include "forecast/scores/watch.h"

#include "forecast/forecaster.h"
#include "forecast/scores/rolling.h"
#include "forecast/tasks/series/view.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEGREES = 5 };
#define MOST_WIDTHS 1.5 /* that a marked error counts as at most */

/* The last errors of a series: as they came, and sorted. */
typedef struct memory {
    double *ring, *sorted; /* room each */
    size_t room, count, next;
} memory;

static int memory_make(memory *m, const fc_watch_settings *how, size_t rows, nn_error *error)
{
    size_t room = how->window ? how->window : (size_t)ceil(10 / (1 - how->level));
    room = room < rows ? room : rows;
    *m = (memory){.room = room};
    m->ring = malloc((2 * room + 2) * sizeof *m->ring);
    m->sorted = m->ring ? m->ring + room + 1 : NULL;
    return m->ring ? NN_OK : nn_no_memory(error);
}

/* How many of the errors are less. */
static size_t less_than(const memory *m, double error)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (m->sorted[middle] < error)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void remember(memory *m, double error)
{
    if (m->count == m->room) { /* the oldest goes */
        const size_t at = less_than(m, m->ring[m->next]);
        memmove(m->sorted + at, m->sorted + at + 1, (m->count - at - 1) * sizeof *m->sorted);
        m->count--;
    }
    const size_t at = less_than(m, error);
    memmove(m->sorted + at + 1, m->sorted + at, (m->count - at) * sizeof *m->sorted);
    m->sorted[at] = error;
    m->count++;
    m->ring[m->next] = error;
    m->next = (m->next + 1) % m->room;
}

/* Half the width of the interval, and the p value of an error (NaN allowed); false: by Student's t. */
static bool weigh(const memory *m, double level, double error, double *width, double *p)
{
    const size_t n = m->count, rank = (size_t)ceil((double)(n + 1) * level - 1e-9);
    if (rank <= n) {
        *width = m->sorted[rank - 1];
        *p = (double)(1 + n - less_than(m, error)) / (double)(n + 1);
        return true;
    }
    const double scale = m->sorted[n / 2] / gsl_cdf_tdist_Pinv(.75, DEGREES);
    *width = fmax(m->sorted[n - 1], scale * gsl_cdf_tdist_Pinv((1 + level) / 2, DEGREES));
    *p = scale > 0 ? 2 * gsl_cdf_tdist_Q(error / scale, DEGREES) : error > 0 ? 0 : 1;
    return false;
}

static int watch_make(fc_watch *w, int column, size_t first, size_t count, nn_error *error)
{
    w->column = column;
    w->first = first;
    w->count = count;
    w->expected = malloc((3 * count + 1) * sizeof *w->expected);
    w->marked = calloc(count + 1, 1);
    if (!w->expected || !w->marked)
        return nn_no_memory(error);
    w->width = w->expected + count;
    w->p = w->width + count;
    for (size_t i = 0; i < 3 * count; i++)
        w->expected[i] = NAN;
    return NN_OK;
}

/* Takes what was expected of row i, and judges its value. */
static void judge(fc_watch *w, memory *m, double level, size_t i, double value, double expected)
{
    const double error = fabs(value - expected);
    w->expected[i] = expected;
    if (isnan(expected))
        return;
    if (m->count >= FC_WATCH_LEAST) {
        const bool plain = weigh(m, level, error, &w->width[i], &w->p[i]);
        if (isnan(value)) {
            w->p[i] = NAN;
        } else {
            w->judged++;
            w->small += !plain;
            w->marked[i] = error > w->width[i];
            w->marks += w->marked[i];
        }
    }
    if (isnan(error))
        return;
    /* What is far off stays off, and the intervals after it keep their use. */
    remember(m, w->marked[i] && w->width[i] > 0 ? fmin(error, MOST_WIDTHS * w->width[i]) : error);
}

/* Puts what was expected in the place of a marked value, and the last values back where there are too many in
 * a row. cell: of row i; back: what stood in the rows before. */
static void settle(const fc_watch *w, size_t i, double *cell, size_t width, const double *truth)
{
    size_t run = 0;
    while (run < i + 1 && w->marked[i - run])
        run++;
    if (run == 0 || run > FC_WATCH_RUN)
        return;
    if (run < FC_WATCH_RUN) {
        *cell = w->expected[i];
        return;
    }
    for (size_t back = 0; back < run; back++)
        *(cell - back * width) = *(truth - back * width);
}

/* --- each series by itself --- */

typedef struct each {
    const ds_table *table;
    const fc_watch_settings *how;
    const void *config;
    fc_watch *watch; /* columns */
    nn_error *error; /* columns */
} each;

/* A series' rows from its first value to its last as a table of its own. */
typedef struct alone {
    ds_table table;
    char *name[1];
    int column, target;
    uint8_t role;
    ds_view view;
} alone;

static int alone_make(alone *a, const ds_table *table, int column, size_t begin, size_t end, nn_error *error)
{
    const size_t rows = end - begin, width = (size_t)table->columns;
    *a = (alone){.name = {table->names[column]}, .role = DS_VIEW_TARGET};
    a->table = (ds_table){.path = table->path,
                          .rows = rows,
                          .columns = 1,
                          .time = table->time + begin,
                          .values = malloc((rows + 1) * sizeof(double)),
                          .names = a->name,
                          .frequency = table->frequency,
                          .layout = table->layout};
    if (!a->table.values)
        return nn_no_memory(error);
    for (size_t i = 0; i < rows; i++)
        a->table.values[i] = table->values[(begin + i) * width + (size_t)column];
    a->view = (ds_view){.table = &a->table,
                        .rows = rows,
                        .columns = 1,
                        .column = &a->column,
                        .role = &a->role,
                        .targets = 1,
                        .target = &a->target,
                        .floor = NAN};
    return NN_OK;
}

/* Forecasts and judges the rows of a series behind those that its forecaster was fitted to. */
static void roll_alone(fc_watch *w, memory *m, alone *a, const void *state, const fc_watch_settings *how,
                       size_t train, const double *truth, double *ahead)
{
    const size_t h = (size_t)how->horizon;
    for (size_t i = 0; i < w->count; i++) {
        const size_t row = train + i;
        fc_forecaster_forecast(how->kind->forecaster, state, &a->view, row + 1 - h, how->horizon, ahead);
        judge(w, m, how->level, i, truth[row], ahead[h - 1]);
        settle(w, i, &a->table.values[row], 1, &truth[row]);
    }
}

static int watch_one(each *e, int c, nn_error *error)
{
    const fc_watch_settings *how = e->how;
    const fc_forecaster *forecaster = how->kind->forecaster;
    size_t begin, end;
    if (!fc_column_extent(e->table, c, &begin, &end))
        return NN_OK;
    const size_t rows = end - begin, least = (size_t)(how->season > 1 ? 2 * how->season : 8);
    size_t train = (size_t)(how->train * (double)rows);
    train = train > least ? train : least;
    train = train > (size_t)how->horizon ? train : (size_t)how->horizon;
    if (train + FC_WATCH_LEAST >= rows)
        return NN_OK;
    alone a;
    memory m = {0};
    void *state = NULL;
    int code = alone_make(&a, e->table, c, begin, end, error);
    double *ahead = malloc(((size_t)how->horizon + rows + 1) * sizeof *ahead);
    if (!code && !ahead)
        code = nn_no_memory(error);
    if (!code)
        code = watch_make(&e->watch[c], c, begin + train, rows - train, error);
    if (!code)
        code = memory_make(&m, how, rows, error);
    if (!code)
        code = fc_forecaster_fit(&state, forecaster, e->config, &a.view, (ds_part){0, train}, how->horizon,
                                 how->season, error);
    if (!code) {
        double *truth = ahead + how->horizon;
        memcpy(truth, a.table.values, rows * sizeof *truth);
        roll_alone(&e->watch[c], &m, &a, state, how, train, truth, ahead);
    }
    fc_forecaster_free(state, forecaster);
    free(a.table.values);
    free(ahead);
    free(m.ring);
    return code;
}

static void watch_task(void *context, int n, int worker)
{
    each *e = context;
    (void)worker;
    e->watch[n].column = n;
    e->watch[n].code = watch_one(e, n, &e->error[n]);
}

int fc_watch_series(fc_watch **out, const ds_table *table, const fc_watch_settings *how, nn_pool *pool,
                    nn_error *error)
{
    const size_t columns = (size_t)table->columns;
    void *config = calloc(1, how->kind->config_size + 1);
    each e = {.table = table,
              .how = how,
              .config = config,
              .watch = calloc(columns + 1, sizeof *e.watch),
              .error = calloc(columns + 1, sizeof *e.error)};
    int code = config && e.watch && e.error ? NN_OK : nn_no_memory(error);
    if (!code)
        code = nn_options_default(how->kind->options, config, error);
    if (!code && pool)
        nn_pool_run(pool, table->columns, watch_task, &e);
    for (int c = 0; c < table->columns && !code; c++) {
        if (!pool)
            watch_task(&e, c, 0);
        code = e.watch[c].code;
        if (code && error)
            nn_error_copy(error, &e.error[c]);
    }
    if (config)
        nn_options_clear(how->kind->options, config);
    free(config);
    free(e.error);
    if (code)
        fc_watch_free(e.watch, table->columns);
    *out = code ? NULL : e.watch;
    return code;
}

/* --- a model --- */

/* Row by row, for later forecasts see what was expected in place of what was marked. */
static int roll_forecaster(fc_watch *w, memory *m, const fc_model *model, const ds_table *table,
                           const fc_watch_settings *how, size_t first, nn_error *error)
{
    const size_t width = (size_t)table->columns, h = (size_t)how->horizon, cells = table->rows * width;
    ds_table seen = *table;
    fc_scope scope = {0};
    seen.values = malloc((cells + 1) * sizeof *seen.values);
    if (!seen.values)
        return nn_no_memory(error);
    memcpy(seen.values, table->values, cells * sizeof *seen.values);
    int code = fc_scope_make(&scope, model, &seen, NULL, error);
    const size_t targets = (size_t)scope.view.targets;
    double *ahead = code ? NULL : malloc((h * targets + 1) * sizeof *ahead);
    if (!code && !ahead)
        code = nn_no_memory(error);
    for (size_t i = 0; i < table->rows - first && !code; i++) {
        const size_t row = first + i;
        fc_forecaster_forecast(model->kind->forecaster, model->state, &scope.view, row + 1 - h, how->horizon,
                               ahead);
        for (size_t k = 0; k < targets; k++) {
            const size_t cell = row * width + (size_t)w[k].column;
            judge(&w[k], &m[k], how->level, i, table->values[cell], ahead[(h - 1) * targets + k]);
            settle(&w[k], i, &seen.values[cell], width, &table->values[cell]);
        }
    }
    fc_scope_clear(&scope);
    free(seen.values);
    free(ahead);
    return code;
}

static void judge_network(fc_watch *w, memory *m, const fc_rolling *r, const ds_table *table,
                          const fc_watch_settings *how)
{
    const size_t width = (size_t)table->columns, h = (size_t)how->horizon, targets = (size_t)r->targets;
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < targets; k++)
            judge(&w[k], &m[k], how->level, i,
                  table->values[(r->first + i + h - 1) * width + (size_t)w[k].column],
                  r->values[(i * h + h - 1) * targets + k]);
}

int fc_watch_model(fc_watch **out, int *count, const fc_model *model, const ds_table *table, size_t first,
                   const fc_watch_settings *how, int threads, nn_error *error)
{
    const size_t h = (size_t)how->horizon;
    ds_part origins = {first + 1 > h ? first + 1 - h : 1, table->rows};
    fc_rolling r = {.stride = 1, .count = 1};
    memory *m = NULL;
    *out = NULL;
    int code = fc_rolling_bound(&origins, model, table, how->horizon, "watched", error);
    if (!code && origins.end - origins.begin <= FC_WATCH_LEAST)
        code = nn_fail(error, NN_BAD_DATA, "%s: %zu rows to watch are too few", table->path,
                       origins.end - origins.begin);
    r.first = origins.begin;
    r.count = model->kind->forecaster ? 1 : origins.end - origins.begin;
    if (!code)
        code = fc_roll(&r, model, table, how->horizon, threads, error);
    *count = r.targets;
    if (!code) {
        *out = calloc((size_t)r.targets + 1, sizeof **out);
        m = calloc((size_t)r.targets + 1, sizeof *m);
        code = *out && m ? NN_OK : nn_no_memory(error);
    }
    for (int k = 0; k < *count && !code; k++) {
        code = watch_make(&(*out)[k], r.column[k], origins.begin + h - 1, origins.end - origins.begin, error);
        if (!code)
            code = memory_make(&m[k], how, table->rows, error);
    }
    if (!code && model->kind->forecaster)
        code = roll_forecaster(*out, m, model, table, how, origins.begin + h - 1, error);
    else if (!code)
        judge_network(*out, m, &r, table, how);
    for (int k = 0; k < *count && m; k++)
        free(m[k].ring);
    free(m);
    fc_rolling_clear(&r);
    if (code) {
        fc_watch_free(*out, *count);
        *out = NULL;
    }
    return code;
}

void fc_watch_free(fc_watch *watches, int count)
{
    for (int k = 0; watches && k < count; k++) {
        free(watches[k].expected);
        free(watches[k].marked);
    }
    free(watches);
}
