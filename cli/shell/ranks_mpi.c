/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks by MPI. */
#include "cli/shell/ranks.h"

#include "lib/base/clock.h"
#include "lib/base/ranks.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 30, TAG = 1 }; /* MPI counts in int */

static MPI_Comm all, parting; /* of the work, of its end */
static bool joined;
static int said = -1; /* standard error as it was, of the ranks that are silent */

static void send(const void *data, size_t bytes, int to)
{
    const char *from = data;
    for (size_t n; bytes; bytes -= n, from += n) {
        n = bytes < PIECE ? bytes : PIECE;
        MPI_Send(from, (int)n, MPI_BYTE, to, TAG, all);
    }
}

static void receive(void *data, size_t bytes, int from)
{
    char *to = data;
    for (size_t n; bytes; bytes -= n, to += n) {
        n = bytes < PIECE ? bytes : PIECE;
        MPI_Recv(to, (int)n, MPI_BYTE, from, TAG, all, MPI_STATUS_IGNORE);
    }
}

static void swap(const void *out, size_t out_bytes, int to, void *in, size_t in_bytes, int from)
{
    if (out_bytes < PIECE && in_bytes < PIECE) {
        MPI_Sendrecv(out, (int)out_bytes, MPI_BYTE, out_bytes ? to : MPI_PROC_NULL, TAG, in, (int)in_bytes,
                     MPI_BYTE, in_bytes ? from : MPI_PROC_NULL, TAG, all, MPI_STATUS_IGNORE);
        return;
    }
    MPI_Request request;
    for (size_t n; out_bytes || in_bytes; out_bytes -= n, out = (const char *)out + n) {
        n = out_bytes < PIECE ? out_bytes : PIECE;
        if (n)
            MPI_Isend(out, (int)n, MPI_BYTE, to, TAG, all, &request);
        const size_t m = in_bytes < PIECE ? in_bytes : PIECE;
        receive(in, m, from);
        in = (char *)in + m;
        in_bytes -= m;
        if (n)
            MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
}

static void broadcast(void *data, size_t bytes, int from)
{
    char *at = data;
    for (size_t n; bytes; bytes -= n, at += n) {
        n = bytes < PIECE ? bytes : PIECE;
        MPI_Bcast(at, (int)n, MPI_BYTE, from, all);
    }
}

/* Small things by one call, large ones rank by rank. */
static void share(void *data, const size_t *begin)
{
    const int ranks = nn_ranks();
    int *counts = begin[ranks] < PIECE ? malloc(2 * (size_t)ranks * sizeof *counts) : NULL;
    for (int r = 0; r < ranks; r++)
        if (counts) {
            counts[r] = (int)(begin[r + 1] - begin[r]);
            counts[ranks + r] = (int)begin[r];
        }
    /* all take the same way, whether or not one of them had the memory */
    int able = counts != NULL, ables;
    MPI_Allreduce(&able, &ables, 1, MPI_INT, MPI_MIN, all);
    if (ables)
        MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, counts, counts + ranks, MPI_BYTE, all);
    for (int r = 0; !ables && r < ranks; r++)
        broadcast((char *)data + begin[r], begin[r + 1] - begin[r], r);
    free(counts);
}

static const nn_ranks_kind mpi = {send, receive, broadcast, swap, share};

static void be_silent(void)
{
    fflush(NULL);
    said = dup(STDERR_FILENO);
    FILE *out = freopen("/dev/null", "w", stdout), *err = freopen("/dev/null", "w", stderr);
    (void)out;
    (void)err;
}

void cli_ranks_begin(int *argc, char ***argv)
{
    int count, own, provided;
    if (!cli_ranks_launched() || MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return;
    joined = true;
    if (!getenv("FORCE_COLOR")) /* mpirun has every rank write to a terminal of its own */
        setenv("NO_COLOR", "1", 0);
    MPI_Comm_dup(MPI_COMM_WORLD, &all);
    MPI_Comm_dup(MPI_COMM_WORLD, &parting);
    MPI_Comm_size(all, &count);
    MPI_Comm_rank(all, &own);
    nn_ranks_set(&mpi, count, own);
    if (own > 0)
        be_silent();
}

/* Whether all others come to their end, too; a rank that failed does not wait for long: those that go on
 * might wait for it. */
static bool all_end(int status)
{
    enum { SECONDS = 10 };
    static const struct timespec moment = {.tv_nsec = 1000000};
    MPI_Request request;
    int done = 0;
    const double start = nn_seconds();
    MPI_Ibarrier(parting, &request);
    for (MPI_Test(&request, &done, MPI_STATUS_IGNORE);
         !done && (status == 0 || nn_seconds() - start < SECONDS);) {
        nanosleep(&moment, NULL);
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    }
    return done;
}

static void say(const char *words, const nn_error *error)
{
    char host[MPI_MAX_PROCESSOR_NAME] = "", text[1400];
    int length;
    MPI_Get_processor_name(host, &length);
    const int n = snprintf(text, sizeof text, "auspex: error: rank %d of %d on %s%s%s%s\n", nn_rank(),
                           nn_ranks(), host, words, *error->text ? ": " : "", error->text);
    const ssize_t written = write(said < 0 ? STDERR_FILENO : said, text, (size_t)n);
    (void)written;
}

int cli_ranks_end(int status, const nn_error *error)
{
    int first = status, worst = status;
    if (!joined)
        return status;
    fflush(NULL);
    if (!all_end(status)) {
        say(" ends, and the others with it", error);
        MPI_Abort(all, status);
    }
    MPI_Bcast(&first, 1, MPI_INT, 0, parting);
    MPI_Allreduce(&status, &worst, 1, MPI_INT, MPI_MAX, parting);
    if (status && !first)
        say(" failed", error);
    MPI_Finalize();
    return first ? first : worst;
}
