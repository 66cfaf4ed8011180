/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fixed set of threads that run numbered tasks. */
#ifndef NN_POOL_H
#define NN_POOL_H

#include "lib/base/error.h"

#include <stdbool.h>

typedef struct nn_pool nn_pool;

/* One thread per matrix product from now on, whatever the environment says: the same bytes on every machine.
 * nn_pool_new does this too. */
void nn_pool_blas_alone(void);

/* threads 0: as many as the machine has for this process. 1: no thread is made, tasks run in the caller. Also
 * sets OpenBLAS to one thread per call; NN_FAILED when more than one thread is asked of an OpenBLAS built
 * without locks. */
int nn_pool_new(nn_pool **pool, int threads, nn_error *error);
/* How many threads that would be. */
int nn_pool_threads_for(int threads);
void nn_pool_free(nn_pool *pool);
int nn_pool_threads(const nn_pool *pool);
/* Whether this thread is running a task of some pool: its others are at work, too. */
bool nn_pool_is_at_work(void);

/* Runs task(context, n, worker) for n = 0..count-1, the caller taking part; returns when all are done. worker
 * is 0..threads-1. Which worker runs which task is not fixed: results must not depend on it. */
void nn_pool_run(nn_pool *pool, int count, void (*task)(void *context, int n, int worker), void *context);

/* The same, where somebody is asked whether work goes on (lib/base/stop.h) so many tasks at a time that a
 * stop does not wait long; false: it was wanted, and tasks are left undone. pool NULL: in the caller. */
bool nn_pool_run_asking(nn_pool *pool, int count, void (*task)(void *context, int n, int worker),
                        void *context);

#endif
