/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that wait for numbered tasks and run them. */
#include "lib/pool.h"

#include "lib/base/processors.h"
#include "lib/base/stop.h"
#include "lib/kernels/blas.h"
#include "lib/kernels/gemm_tiles.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct pool_worker {
    nn_pool *pool;
    pthread_t thread;
    int number;
} pool_worker;

struct nn_pool {
    int threads;
    pool_worker *workers; /* threads - 1: the caller is worker 0 */
    int started;
    pthread_mutex_t lock;
    pthread_cond_t begin, done;
    atomic_ulong round; /* grows with every run; a worker that sees a new value joins in */
    atomic_int busy;    /* workers that have not finished the round */
    atomic_bool closing;
    atomic_int next;
    int patience; /* looks at a flag before a thread goes to sleep over it */
    int count;
    void (*task)(void *, int, int);
    void *context;
};

static _Thread_local bool at_work;

bool nn_pool_is_at_work(void)
{
    return at_work;
}

static void work(nn_pool *pool, int worker)
{
    const bool outside = at_work;
    at_work = true;
    for (int n; (n = atomic_fetch_add(&pool->next, 1)) < pool->count;)
        pool->task(pool->context, n, worker);
    at_work = outside;
}

static void pause_briefly(void)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}

/* A step of a small model takes a few milliseconds and two rounds: waking a sleeping thread would be a
 * visible part of it, so threads look for the next round for some ten microseconds before they sleep. */
static bool new_round(nn_pool *pool, unsigned long seen)
{
    for (int i = 0; i < pool->patience; i++, pause_briefly())
        if (atomic_load(&pool->round) != seen || atomic_load(&pool->closing))
            return true;
    return false;
}

static void *run_worker(void *argument)
{
    pool_worker *self = argument;
    nn_pool *pool = self->pool;
    for (unsigned long seen = 0;;) {
        if (!new_round(pool, seen)) {
            pthread_mutex_lock(&pool->lock);
            while (atomic_load(&pool->round) == seen && !atomic_load(&pool->closing))
                pthread_cond_wait(&pool->begin, &pool->lock);
            pthread_mutex_unlock(&pool->lock);
        }
        if (atomic_load(&pool->closing))
            return NULL;
        seen = atomic_load(&pool->round);
        work(pool, self->number);
        if (atomic_fetch_sub(&pool->busy, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

void nn_pool_blas_alone(void)
{
    nn_blas_set_threads(1);
}

int nn_pool_threads_for(int threads)
{
    return threads > 0 ? threads : nn_processors();
}

int nn_pool_new(nn_pool **out, int threads, nn_error *error)
{
    *out = NULL;
    threads = nn_pool_threads_for(threads);
    nn_pool_blas_alone();
    if (threads > 1 && !nn_tiles_here()->multiply && nn_blas_is_serial())
        return nn_fail(error, NN_FAILED,
                       "this OpenBLAS was built without threads and gives wrong results under several; "
                       "use --threads 1, or install libopenblas0-pthread");
    nn_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return nn_no_memory(error);
    pool->threads = threads;
    pool->patience = threads <= nn_processors() ? 1000 : 0;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->workers = calloc((size_t)threads, sizeof *pool->workers);
    for (int i = 1; pool->workers && i < threads; i++) {
        pool_worker *worker = &pool->workers[i - 1];
        *worker = (pool_worker){.pool = pool, .number = i};
        if (pthread_create(&worker->thread, NULL, run_worker, worker))
            break;
        pool->started++;
    }
    if (!pool->workers || pool->started < threads - 1) {
        nn_pool_free(pool);
        return nn_fail(
            error, NN_FAILED,
            "cannot start %d threads: memory or the number of threads is limited; --threads 1 starts none",
            threads);
    }
    *out = pool;
    return NN_OK;
}

void nn_pool_free(nn_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->closing, true);
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

int nn_pool_threads(const nn_pool *pool)
{
    return pool->threads;
}

void nn_pool_run(nn_pool *pool, int count, void (*task)(void *, int, int), void *context)
{
    if (pool->threads == 1 || count <= 1) {
        const bool outside = at_work;
        at_work = outside || pool->threads == 1;
        for (int n = 0; n < count; n++)
            task(context, n, 0);
        at_work = outside;
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->count = count;
    pool->task = task;
    pool->context = context;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->busy, pool->started);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
    work(pool, 0);
    for (int i = 0; i < pool->patience && atomic_load(&pool->busy); i++)
        pause_briefly();
    if (atomic_load(&pool->busy) == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->busy))
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

/* --- with a question between --- */

typedef struct share {
    void (*task)(void *, int, int);
    void *context;
    int first;
} share;

static void run_share(void *context, int n, int worker)
{
    const share *self = context;
    self->task(self->context, self->first + n, worker);
}

bool nn_pool_run_asking(nn_pool *pool, int count, void (*task)(void *, int, int), void *context)
{
    const int some = nn_stop_heard() ? 16 * (pool ? nn_pool_threads(pool) : 1) : count;
    for (share part = {.task = task, .context = context}; part.first < count; part.first += some) {
        const int now = count - part.first < some ? count - part.first : some;
        if (nn_stop_wanted())
            return false;
        if (pool)
            nn_pool_run(pool, now, run_share, &part);
        for (int n = 0; n < now && !pool; n++)
            run_share(&part, n, 0);
    }
    return true;
}
