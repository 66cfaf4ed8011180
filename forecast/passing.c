/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models between ranks, as the bytes of their files. */
#include "forecast/passing.h"

#include "lib/base/ranks.h"
#include "lib/files/inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* By which a model in memory is written and read; no file of a user's has such a name. */
static const char place[] = "a model/of another/rank";

/* --- as bytes --- */

static int read_all(char *to, int from, size_t size)
{
    for (size_t at = 0; at < size;) {
        const ssize_t n = pread(from, to + at, size - at, (off_t)at);
        if (n <= 0 && errno != EINTR)
            return NN_FAILED;
        at += n > 0 ? (size_t)n : 0;
    }
    return NN_OK;
}

/* The bytes of the model's file, malloced. */
static int to_bytes(char **bytes, size_t *size, const fc_model *model, nn_error *error)
{
    struct stat status;
    const int fd = nn_input_lend(place, NULL, 0, error);
    *bytes = NULL;
    *size = 0;
    int code = fd < 0 ? NN_FAILED : fc_model_save(model, place, error);
    if (fd >= 0)
        nn_input_return();
    if (!code && fstat(fd, &status) == 0)
        *size = (size_t)status.st_size;
    if (!code && (!(*bytes = malloc(*size + 1)) || read_all(*bytes, fd, *size)))
        code = nn_no_memory(error);
    if (fd >= 0)
        close(fd);
    return code;
}

static int from_bytes(fc_model **model, const char *bytes, size_t size, nn_error *error)
{
    const int fd = nn_input_lend(place, bytes, size, error);
    if (fd < 0)
        return NN_FAILED;
    const int code = fc_model_load(model, FC_ANY, place, error);
    nn_input_return();
    close(fd);
    return code;
}

/* All fail where one does; who has no reason of its own names the others. */
static int agree(int code, nn_error *error)
{
    return !nn_ranks_any(code) ? NN_OK : code ? code : nn_fail(error, NN_FAILED, "another rank failed");
}

int fc_model_pass(fc_model **model, int from, nn_error *error)
{
    const bool own = nn_rank() == from;
    char *bytes = NULL;
    size_t size = 0;
    int code = own ? to_bytes(&bytes, &size, *model, error) : NN_OK;
    nn_ranks_broadcast(&size, sizeof size, from);
    if (!own && !(bytes = malloc(size + 1)))
        code = nn_no_memory(error);
    code = agree(code, error);
    if (!code)
        nn_ranks_broadcast(bytes, size, from);
    if (!code && !own)
        code = from_bytes(model, bytes, size, error);
    free(bytes);
    return agree(code, error);
}

/* --- ahead of their turn --- */

bool fc_ahead_pays(int left, int together)
{
    return nn_ranks() > 1 && (2 * left > nn_ranks() || together < nn_ranks());
}

int fc_ahead_go(fc_ahead *self, int next, int left,
                int (*work)(void *context, int piece, fc_model **model, nn_error *error), void *context,
                nn_error *error)
{
    const int ranks = nn_ranks(), own = nn_rank();
    fc_ahead_clear(self);
    self->code = calloc((size_t)ranks, sizeof *self->code);
    const int code = agree(self->code ? NN_OK : nn_no_memory(error), error);
    if (code)
        return code;
    self->first = next;
    self->count = left < ranks ? left : ranks;
    self->error = (nn_error){0};
    nn_ranks_apart(true);
    if (own < self->count)
        self->code[own] = work(context, next + own, &self->model, &self->error);
    nn_ranks_apart(false);
    nn_ranks_share(self->code, (size_t)ranks, sizeof *self->code);
    return NN_OK;
}

bool fc_ahead_has(const fc_ahead *self, int piece)
{
    return piece >= self->first && piece < self->first + self->count;
}

int fc_ahead_rank(const fc_ahead *self, int piece)
{
    return piece - self->first;
}

int fc_ahead_code(const fc_ahead *self, int piece, nn_error *error)
{
    const int from = fc_ahead_rank(self, piece), code = self->code[from];
    nn_error reason = self->error;
    if (!code)
        return NN_OK;
    nn_ranks_broadcast(&reason, sizeof reason, from);
    nn_error_copy(error, &reason);
    return code;
}

int fc_ahead_model(fc_model **model, fc_ahead *self, int piece, nn_error *error)
{
    const int from = fc_ahead_rank(self, piece);
    *model = NULL;
    if (nn_rank() == from) {
        *model = self->model;
        self->model = NULL;
    }
    return fc_model_pass(model, from, error);
}

void fc_ahead_clear(fc_ahead *self)
{
    free(self->code);
    fc_model_free(self->model);
    *self = (fc_ahead){0};
}
