/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills a block of objects, has the pool work on it, and hands it out. */
#include "cli/commands/lightcurves/curves.h"

#include "cli/shell/signals.h"
#include "forecast/tasks/lightcurves/stream.h"
#include "lib/pool.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 256, MOST_POINTS = 1 << 21 /* of a block, after which it is worked on */ };

typedef struct slot {
    char *id;
    size_t id_room;
    ds_points points;
    double *row;
    int code;
    nn_error error;
} slot;

typedef struct block {
    const cli_curves *curves;
    void *context;
    ds_lightcurves *reader;
    nn_pool *pool;
    bool stream;
    void **workers; /* one per thread of the pool */
    slot slots[SLOTS];
    int filled;
    long points;
    double *rows;
} block;

static void work(void *context, int n, int worker)
{
    block *b = context;
    slot *s = &b->slots[n];
    s->code = b->curves->work(b->workers[worker], &s->points, s->row, &s->error);
}

static int add(block *b, const ds_lightcurve *curve, nn_error *error)
{
    slot *s = &b->slots[b->filled];
    const size_t length = strlen(curve->id) + 1;
    if (length > s->id_room) {
        char *room = realloc(s->id, length + 32);
        if (!room)
            return nn_no_memory(error);
        s->id = room;
        s->id_room = length + 32;
    }
    memcpy(s->id, curve->id, length);
    const int code = ds_points_copy(&s->points, curve, error);
    b->points += curve->count;
    b->filled += code == NN_OK;
    return code;
}

static int hand_out(block *b, nn_error *error)
{
    int code = NN_OK;
    nn_pool_run(b->pool, b->filled, work, b);
    for (int n = 0; n < b->filled && !code; n++) {
        const slot *s = &b->slots[n];
        if ((code = s->code))
            nn_error_copy(error, &s->error);
        else
            code = b->curves->give(b->context, b->workers[0], s->id, &s->points, s->row, error);
    }
    b->filled = 0;
    b->points = 0;
    return code;
}

static int read_all(block *b, nn_error *error)
{
    const ds_lightcurve *curve = NULL;
    int code = NN_OK;
    do {
        const bool full = b->filled == SLOTS || b->points > MOST_POINTS;
        if (full || (b->stream && b->filled && fc_input_paused()))
            code = hand_out(b, error);
        if (!code && (code = ds_lightcurves_next(b->reader, &curve, error))) {
            nn_error kept = *error;
            const int failed = hand_out(b, error);
            if (failed)
                return failed;
            nn_error_copy(error, &kept);
        }
        if (!code && curve)
            code = add(b, curve, error);
        if (!code && cli_interrupted())
            code = nn_fail(error, NN_STOPPED, "stopped");
    } while (!code && curve);
    return code ? code : hand_out(b, error);
}

static int make_workers(block *b, nn_error *error)
{
    const int count = nn_pool_threads(b->pool);
    b->workers = calloc((size_t)count, sizeof *b->workers);
    if (!b->workers)
        return nn_no_memory(error);
    for (int n = 0; n < count; n++)
        if (!(b->workers[n] = b->curves->worker_new(b->context, ds_lightcurves_bands(b->reader), error)))
            return error->code;
    const size_t width = (size_t)b->curves->begin(b->context, b->workers[0]);
    b->rows = calloc(SLOTS * width + 1, sizeof *b->rows);
    for (size_t n = 0; n < SLOTS && b->rows; n++)
        b->slots[n].row = b->rows + n * width;
    return b->rows ? NN_OK : nn_no_memory(error);
}

static void block_free(block *b)
{
    for (int n = 0; n < SLOTS; n++) {
        free(b->slots[n].id);
        ds_points_free(&b->slots[n].points);
    }
    for (int n = 0; b->workers && n < nn_pool_threads(b->pool); n++)
        if (b->workers[n])
            b->curves->worker_free(b->workers[n]);
    free(b->workers);
    free(b->rows);
    nn_pool_free(b->pool);
    ds_lightcurves_close(b->reader);
    free(b);
}

int cli_curves_run(const cli_curves *curves, void *context, const char *path,
                   const cli_photometry *photometry, int threads, nn_error *error)
{
    block *b = calloc(1, sizeof *b);
    if (!b)
        return nn_no_memory(error);
    b->curves = curves;
    b->context = context;
    b->stream = strcmp(path, "-") == 0;
    int code = cli_open_lightcurves(&b->reader, path, photometry, NULL, NULL, error);
    if (!code)
        code = nn_pool_new(&b->pool, threads, error);
    if (!code)
        code = make_workers(b, error);
    if (!code) {
        code = read_all(b, error);
        cli_say_lightcurves(b->reader);
    }
    block_free(b);
    return code;
}
