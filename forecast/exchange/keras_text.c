/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights of Keras as text: a line "# name [d0, d1]" or "# name[...] [d0, d1]" of each tensor, then its
 * numbers in row-major order, parted by blanks or lines. */
#include "forecast/exchange/published.h"

#include "lib/base/c_locale.h"

#include <stdlib.h>
#include <string.h>

typedef struct text {
    const char *at, *end;
    size_t line;
} text;

typedef struct head {
    char name[256];
    int rank;
    int64_t shape[NN_ST_MAX_RANK];
    size_t count;
} head;

static int bad(const text *t, nn_error *error, const char *what)
{
    return nn_fail(error, NN_BAD_DATA, "line %zu: %s", t->line, what);
}

/* The dimensions in the last brackets of the line. */
static bool read_shape(const char *begin, const char *end, head *h)
{
    const char *open = end;
    while (open > begin && open[-1] != '[')
        open--;
    h->rank = 0;
    h->count = 1;
    while (open > begin && open < end && *open != ']') {
        char *after;
        const long long d = strtoll(open, &after, 10);
        if (after == open || after > end || d < 1 || d > INT32_MAX || h->rank == NN_ST_MAX_RANK ||
            __builtin_mul_overflow(h->count, (size_t)d, &h->count))
            return false;
        h->shape[h->rank++] = d;
        open = after + strspn(after, ", ");
    }
    return h->rank > 0 && open < end;
}

static int read_head(text *t, head *h, nn_error *error)
{
    const char *end = memchr(t->at, '\n', (size_t)(t->end - t->at));
    if (!end)
        end = t->end;
    const char *name = t->at + 1;
    name += strspn(name, " ");
    const size_t length = strcspn(name, " [\r\n");
    if (*t->at != '#' || length == 0 || length >= sizeof h->name || name + length > end)
        return bad(t, error, "a tensor begins with a line '# name [dimensions]'");
    memcpy(h->name, name, length);
    h->name[length] = '\0';
    if (!read_shape(name + length, end, h))
        return bad(t, error, "the dimensions of the tensor are not there, such as [32, 128]");
    t->at = end;
    return NN_OK;
}

static void skip_blanks(text *t)
{
    for (; t->at < t->end && strchr(" \t\r\n,", *t->at) && *t->at; t->at++)
        t->line += *t->at == '\n';
}

static int read_numbers(text *t, const head *h, float *values, nn_error *error)
{
    for (size_t i = 0; i < h->count; i++) {
        char *after;
        skip_blanks(t);
        const double value = strtod_l(t->at, &after, nn_c_locale());
        if (after == t->at)
            return nn_fail(error, NN_BAD_DATA, "line %zu: the tensor '%s' has %zu numbers of %zu", t->line,
                           h->name, i, h->count);
        values[i] = (float)value;
        t->at = after;
    }
    skip_blanks(t);
    return NN_OK;
}

static int read_tensors(text *t, nn_st_writer *writer, float *values, size_t room, nn_error *error)
{
    int code = NN_OK;
    skip_blanks(t);
    while (!code && t->at < t->end) {
        head h;
        code = read_head(t, &h, error);
        if (!code && h.count > room) /* each number takes a character and a blank */
            code = bad(t, error, "the tensor is larger than the file");
        if (!code)
            code = read_numbers(t, &h, values, error);
        if (!code)
            code = nn_st_writer_tensor(writer, h.name, h.rank, h.shape, values, error);
        values += code ? 0 : h.count;
        room -= code ? 0 : h.count;
    }
    return code;
}

int fc_keras_read(nn_st_writer *writer, float **values, const unsigned char *bytes, size_t size,
                  nn_error *error)
{
    char *copy = malloc(size + 1);
    *values = copy ? malloc((size / 2 + 1) * sizeof **values) : NULL;
    int code = *values ? NN_OK : nn_no_memory(error);
    if (!code) {
        memcpy(copy, bytes, size);
        copy[size] = '\0';
        text t = {copy, copy + size, 1};
        code = read_tensors(&t, writer, *values, size / 2, error);
    }
    free(copy);
    return code;
}
