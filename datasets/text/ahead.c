/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a file, split by several threads and taken in their order. */
#include "datasets/text/ahead.h"

#include "datasets/text/split.h"
#include "lib/base/processors.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PIECES = 4, MOST_THREADS = 3 };

/* A ring: pieces from taken on are posted, those from claimed on not yet at work, those from posted on free.
 * The three only grow. */
struct ds_ahead {
    ds_piece *piece; /* PIECES: pages of them that are not needed are never touched */
    size_t posted, claimed, taken;
    char delimiter;
    bool closing;
    int threads; /* that were started */
    pthread_t thread[MOST_THREADS - 1];
    pthread_mutex_t lock;
    pthread_cond_t work, split;
};

/* --- splitting --- */

static bool split_line(ds_piece *piece, const char *p, const char *end, char delimiter)
{
    ds_field *fields = piece->fields + piece->field_count;
    const size_t room = (size_t)(DS_AHEAD_FIELDS - piece->field_count),
                 count = ds_split(fields, room, p, end, delimiter);
    if (count > room || piece->row_count == DS_AHEAD_FIELDS)
        return false;
    if (count) {
        piece->rows[piece->row_count++] = (ds_piece_row){piece->field_count, (int)count, piece->lines};
        piece->field_count += (int)count;
    }
    piece->lines++;
    return true;
}

static void split_piece(ds_piece *piece, char delimiter)
{
    const char *p = piece->text, *end = p + piece->length;
    piece->field_count = piece->row_count = piece->lines = 0;
    piece->whole = piece->length && end[-1] == '\n' && !memchr(p, '"', piece->length);
    const bool returns = memchr(p, '\r', piece->length) != NULL;
    while (p < end && piece->whole) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *stop = newline > p && newline[-1] == '\r' ? newline - 1 : newline;
        piece->whole =
            !(returns && memchr(p, '\r', (size_t)(stop - p))) && split_line(piece, p, stop, delimiter);
        p = newline + 1;
    }
}

/* --- the ring --- */

static ds_piece *at(ds_ahead *a, size_t n)
{
    return &a->piece[n % PIECES];
}

/* With the lock held, which it gives away meanwhile. */
static void work_on_next(ds_ahead *a)
{
    ds_piece *piece = at(a, a->claimed++);
    pthread_mutex_unlock(&a->lock);
    split_piece(piece, a->delimiter);
    pthread_mutex_lock(&a->lock);
    piece->split = true;
    pthread_cond_broadcast(&a->split);
}

static void *run(void *argument)
{
    ds_ahead *a = argument;
    pthread_mutex_lock(&a->lock);
    while (!a->closing)
        if (a->claimed < a->posted)
            work_on_next(a);
        else
            pthread_cond_wait(&a->work, &a->lock);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

void ds_ahead_free(ds_ahead *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->closing = true;
    pthread_cond_broadcast(&a->work);
    pthread_mutex_unlock(&a->lock);
    for (int i = 0; i < a->threads; i++)
        pthread_join(a->thread[i], NULL);
    pthread_cond_destroy(&a->split);
    pthread_cond_destroy(&a->work);
    pthread_mutex_destroy(&a->lock);
    if (a->piece)
        munmap(a->piece, PIECES * sizeof *a->piece);
    free(a);
}

ds_ahead *ds_ahead_new(int threads, char delimiter)
{
    threads = threads > 0 ? threads : nn_processors();
    threads = threads > MOST_THREADS ? MOST_THREADS : threads;
    ds_ahead *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->delimiter = delimiter;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->work, NULL);
    pthread_cond_init(&a->split, NULL);
    /* Not by malloc, which on its return would keep blocks of that size in the heap, those of the table that
     * comes later. */
    void *pieces =
        mmap(NULL, PIECES * sizeof *a->piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    a->piece = pieces == MAP_FAILED ? NULL : pieces;
    for (; a->piece && a->threads < threads - 1; a->threads++)
        if (pthread_create(&a->thread[a->threads], NULL, run, a))
            break;
    if (!a->piece) {
        ds_ahead_free(a);
        return NULL;
    }
    return a;
}

ds_piece *ds_ahead_room(ds_ahead *a)
{
    return a->posted - a->taken < PIECES ? at(a, a->posted) : NULL;
}

void ds_ahead_post(ds_ahead *a)
{
    pthread_mutex_lock(&a->lock);
    at(a, a->posted++)->split = false;
    pthread_cond_signal(&a->work);
    pthread_mutex_unlock(&a->lock);
}

ds_piece *ds_ahead_take(ds_ahead *a)
{
    if (a->taken == a->posted)
        return NULL;
    ds_piece *piece = at(a, a->taken);
    pthread_mutex_lock(&a->lock);
    while (!piece->split)
        if (a->claimed < a->posted)
            work_on_next(a);
        else
            pthread_cond_wait(&a->split, &a->lock);
    pthread_mutex_unlock(&a->lock);
    return piece;
}

void ds_ahead_done(ds_ahead *a)
{
    a->taken++;
}
