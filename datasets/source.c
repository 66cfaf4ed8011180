/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datasets/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>
#include <zlib.h>

struct ds_source {
    gzFile file;
    XXH64_state_t hash;
    uint64_t size;
    size_t lines; /* newlines read so far, to place a NUL byte */
    bool started;
    char name[];
};

static int open_descriptor(const char *path, const char *name, uint64_t *size, nn_error *error)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be opened: %s", name, strerror(errno));
    struct stat status;
    if (fstat(fd, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            close(fd);
            return nn_fail(error, NN_BAD_DATA, "%s: is a folder, not a file", name);
        }
        if (S_ISREG(status.st_mode))
            *size = (uint64_t)status.st_size;
    }
    return fd;
}

int ds_source_open(ds_source **source, const char *path, nn_error *error)
{
    *source = NULL;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    const size_t length = strlen(name) + 1;
    ds_source *s = calloc(1, sizeof *s + length);
    if (!s)
        return nn_fail(error, NN_FAILED, "%s: no memory", name);
    memcpy(s->name, name, length);
    XXH64_reset(&s->hash, 0);
    int fd = open_descriptor(path, name, &s->size, error);
    if (fd < 0) {
        free(s);
        return fd;
    }
    s->file = gzdopen(fd, "rb");
    if (!s->file) {
        close(fd);
        free(s);
        return nn_fail(error, NN_FAILED, "%s: no memory", name);
    }
    gzbuffer(s->file, 1 << 17);
    *source = s;
    return NN_OK;
}

void ds_source_close(ds_source *source)
{
    if (source) {
        gzclose(source->file);
        free(source);
    }
}

static int read_error(ds_source *s, nn_error *error)
{
    int code = Z_OK;
    const char *text = gzerror(s->file, &code);
    switch (code) {
    case Z_ERRNO:
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be read: %s", s->name, strerror(errno));
    case Z_MEM_ERROR:
        return nn_fail(error, NN_FAILED, "%s: no memory", s->name);
    case Z_BUF_ERROR:
        return nn_fail(error, NN_BAD_DATA, "%s: the gzip file ends too early", s->name);
    default:
        return nn_fail(error, NN_BAD_DATA, "%s: damaged gzip file (%s)", s->name,
                       text ? text : "unknown error");
    }
}

static int read_fully(ds_source *s, char *buffer, size_t size, size_t *got, nn_error *error)
{
    *got = 0;
    while (*got < size) {
        const size_t want = size - *got < (1u << 30) ? size - *got : (1u << 30);
        int n = gzread(s->file, buffer + *got, (unsigned)want);
        if (n < 0)
            return read_error(s, error);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    /* gzread gives the bytes of a file cut short without complaint and tells of it only afterwards. */
    int code = Z_OK;
    gzerror(s->file, &code);
    return *got < size && code != Z_OK && code != Z_STREAM_END ? read_error(s, error) : NN_OK;
}

static int refuse_nul(ds_source *s, const char *buffer, size_t got, nn_error *error)
{
    const char *nul = memchr(buffer, '\0', got);
    const char *end = nul ? nul : buffer + got;
    for (const char *p = buffer; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        s->lines++;
    return nul ? nn_fail(error, NN_BAD_DATA, "%s:%zu: a NUL byte: this is no text file", s->name,
                         s->lines + 1)
               : NN_OK;
}

static int check_start(ds_source *s, char *buffer, size_t *got, nn_error *error)
{
    const unsigned char *b = (const unsigned char *)buffer;
    if (*got >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return nn_fail(error, NN_BAD_DATA, "%s:1: the file is in UTF-16; save it as UTF-8", s->name);
    if (*got >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf) {
        *got -= 3;
        memmove(buffer, buffer + 3, *got);
    }
    return NN_OK;
}

int ds_source_read(ds_source *source, char *buffer, size_t size, size_t *got, nn_error *error)
{
    int code = read_fully(source, buffer, size, got, error);
    if (code)
        return code;
    XXH64_update(&source->hash, buffer, *got);
    const bool first = !source->started;
    source->started = true;
    if (first && (code = check_start(source, buffer, got, error)))
        return code;
    if (first && gzdirect(source->file) == 0)
        source->size = 0;
    return refuse_nul(source, buffer, *got, error);
}

const char *ds_source_name(const ds_source *source)
{
    return source->name;
}

uint64_t ds_source_size(const ds_source *source)
{
    return source->size;
}

uint64_t ds_source_hash(const ds_source *source)
{
    return XXH64_digest(&source->hash);
}
