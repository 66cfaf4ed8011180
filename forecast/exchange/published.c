/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens weights of other programs, whichever form they have. */
#include "forecast/exchange/published.h"

#include "forecast/exchange/stored_zip.h"
#include "lib/files/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*reader)(nn_st_writer *writer, float **values, const unsigned char *bytes, size_t size,
                      nn_error *error);

/* Forms that are known and not read, by their first bytes, and what to do instead. */
static const struct foreign {
    const char *begin;
    size_t length;
    const char *advice;
} foreign[] = {{"\x89HDF", 4,
                "is an HDF5 file, as Keras writes it; save its weights as safetensors from Python: "
                "safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, ...)"},
               {"\x80\x02\x8a\x0a", 4,
                "is a pickle, as torch.save wrote it before PyTorch 1.6; load and save it again there"},
               {NULL, 0, NULL}};

static reader reader_of(const unsigned char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    return fc_zip_is(bytes, size) ? fc_torch_read : at < size && bytes[at] == '#' ? fc_keras_read : NULL;
}

static int read_foreign(nn_st_file **file, reader reads, const unsigned char *bytes, size_t size,
                        const char *path, nn_error *error)
{
    float *values = NULL;
    nn_error reason = {0};
    nn_st_writer *writer = nn_st_writer_new();
    int code = writer ? reads(writer, &values, bytes, size, &reason) : nn_no_memory(&reason);
    if (code)
        nn_fail(error, code, "%.400s: %s", path, reason.text);
    else
        code = nn_st_writer_open(file, writer, path, error);
    nn_st_writer_free(writer);
    free(values);
    return code;
}

/* The whole of a regular file; NULL for all else, which nn_st_open says. */
static unsigned char *load(const char *path, size_t *size)
{
    struct stat status;
    unsigned char *bytes = NULL;
    const int fd = nn_input_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && !fstat(fd, &status) && S_ISREG(status.st_mode) &&
        (uintmax_t)status.st_size < PTRDIFF_MAX && (bytes = malloc((size_t)status.st_size + 1))) {
        *size = 0;
        for (ssize_t n; *size < (size_t)status.st_size; *size += (size_t)n) {
            while ((n = read(fd, bytes + *size, (size_t)status.st_size - *size)) < 0 && errno == EINTR)
                ;
            if (n <= 0)
                break;
        }
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

int fc_published_open(nn_st_file **file, const char *path, nn_error *error)
{
    size_t size = 0;
    unsigned char *bytes = load(path, &size);
    *file = NULL;
    if (!bytes)
        return nn_st_open(file, path, error);
    const reader reads = reader_of(bytes, size);
    int code = NN_OK;
    for (const struct foreign *f = foreign; f->begin && !code; f++)
        if (size > f->length && memcmp(bytes, f->begin, f->length) == 0)
            code = nn_fail(error, NN_BAD_DATA, "%.400s: %s", path, f->advice);
    if (!code)
        code = reads ? read_foreign(file, reads, bytes, size, path, error)
                     : nn_st_open_owned(file, bytes, size, path, error);
    if (code || reads)
        free(bytes);
    return code;
}
