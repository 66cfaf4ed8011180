/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a file, unpacked and checked. */
#include "datasets/text/source.h"

#include "datasets/text/utf16.h"
#include "lib/files/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>
#include <zlib.h>

enum { INPUT = DS_BUFFER(1 << 17), DECODED = INPUT / 2 * 3 + 8 };

/* zlib's own file reading waits for whole buffers, which would hold back what comes through a pipe; so only
 * its decompression is used. */
struct ds_source {
    int fd;
    struct stat file;     /* at opening; of a pipe or a device nothing is expected */
    unsigned char *input; /* bytes read and not yet handed out or decompressed */
    size_t input_at, input_size;
    bool input_ended;
    bool started, handed; /* looked at; handed out */
    bool gzip;
    bool open_member; /* gzip: inside of a compressed stream */
    z_stream inflater;
    ds_utf16 wide;
    char *decoded; /* of UTF-16: what has not been handed out */
    size_t decoded_at, decoded_size;
    XXH64_state_t hash;
    uint64_t size, raw; /* raw: bytes read from the descriptor */
    size_t lines;       /* newlines read so far, to place a NUL byte */
    bool binary;        /* any bytes are welcome */
    char peeked[DS_PEEK];
    size_t peeked_at, peeked_size;
    char name[];
};

static int open_descriptor(ds_source *s, const char *path, nn_error *error)
{
    s->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : nn_input_open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be opened: %s", s->name, strerror(errno));
    if (fstat(s->fd, &s->file))
        return NN_OK;
    if (S_ISDIR(s->file.st_mode))
        return nn_fail(error, NN_BAD_DATA, "%s: is a folder, not a file", s->name);
    nn_input_note(&s->file);
    if (S_ISREG(s->file.st_mode))
        s->size = (uint64_t)s->file.st_size;
    return NN_OK;
}

int ds_source_open(ds_source **source, const char *path, nn_error *error)
{
    *source = NULL;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : *path ? path : "an empty name";
    const size_t length = strlen(name) + 1;
    ds_source *s = calloc(1, sizeof *s + length);
    if (!s)
        return nn_fail(error, NN_FAILED, "%s: no memory", name);
    memcpy(s->name, name, length);
    XXH64_reset(&s->hash, 0);
    int code = open_descriptor(s, path, error);
    if (!code && !(s->input = malloc(INPUT)))
        code = nn_fail(error, NN_FAILED, "%s: no memory", name);
    if (code)
        ds_source_close(s);
    else
        *source = s;
    return code;
}

void ds_source_close(ds_source *source)
{
    if (source) {
        if (source->gzip)
            inflateEnd(&source->inflater);
        if (source->fd >= 0)
            close(source->fd);
        free(source->input);
        free(source->decoded);
        free(source);
    }
}

/* At the end of a file: whether it is still the one that was opened. */
static int check_unchanged(const ds_source *s, nn_error *error)
{
    struct stat now;
    if (!S_ISREG(s->file.st_mode) || fstat(s->fd, &now))
        return NN_OK;
    return now.st_size == s->file.st_size && now.st_mtim.tv_sec == s->file.st_mtim.tv_sec &&
                   now.st_mtim.tv_nsec == s->file.st_mtim.tv_nsec
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "%s: was changed by another program while it was read; read it again, or a copy",
                         s->name);
}

static int read_raw(ds_source *s, void *buffer, size_t size, size_t *got, nn_error *error)
{
    ssize_t n;
    do
        n = read(s->fd, buffer, size < (1u << 30) ? size : 1u << 30);
    while (n < 0 && errno == EINTR);
    *got = n > 0 ? (size_t)n : 0;
    s->raw += *got;
    s->input_ended = n == 0;
    if (n < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be read: %s", s->name, strerror(errno));
    return n ? NN_OK : check_unchanged(s, error);
}

/* Makes sure of want bytes of input, unless the file ends before. */
static int fill_input(ds_source *s, size_t want, nn_error *error)
{
    memmove(s->input, s->input + s->input_at, s->input_size - s->input_at);
    s->input_size -= s->input_at;
    s->input_at = 0;
    while (s->input_size < want && !s->input_ended) {
        size_t got;
        const int code = read_raw(s, s->input + s->input_size, INPUT - s->input_size, &got, error);
        if (code)
            return code;
        s->input_size += got;
    }
    return NN_OK;
}

static bool at_gzip(const ds_source *s)
{
    const unsigned char *p = s->input + s->input_at;
    return s->input_size - s->input_at >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static int start_utf16(ds_source *s, nn_error *error)
{
    s->wide.order = ds_utf16_order(s->input + s->input_at, s->input_size - s->input_at);
    s->size /= s->wide.order ? 2 : 1;
    if (s->wide.order && !(s->decoded = malloc(DECODED)))
        return nn_fail(error, NN_FAILED, "%s: no memory", s->name);
    return NN_OK;
}

static int start(ds_source *s, nn_error *error)
{
    int code = fill_input(s, 2, error);
    if (code || !at_gzip(s))
        return code ? code : start_utf16(s, error);
    enum { GZIP_WINDOW = 15 + 16 };
    if (inflateInit2(&s->inflater, GZIP_WINDOW) != Z_OK)
        return nn_fail(error, NN_FAILED, "%s: no memory", s->name);
    s->gzip = s->open_member = true;
    s->size = 0;
    return NN_OK;
}

/* After the end of a member: another one may follow, or zeros that fill a block of a tape. */
static int next_member(ds_source *s, nn_error *error)
{
    const int code = fill_input(s, 2, error);
    s->open_member = !code && at_gzip(s);
    if (s->open_member)
        inflateReset(&s->inflater);
    else if (!code && s->input_at < s->input_size && s->input[s->input_at])
        return nn_fail(
            error, NN_BAD_DATA,
            "%s: behind the end of what is packed stand bytes that are none of gzip's; is a part of the "
            "file damaged?",
            s->name);
    return code;
}

static int inflate_some(ds_source *s, char *buffer, size_t size, size_t *got, nn_error *error)
{
    z_stream *z = &s->inflater;
    *got = 0;
    while (*got == 0 && s->open_member) {
        int code = s->input_at < s->input_size ? NN_OK : fill_input(s, 1, error);
        if (code)
            return code;
        if (s->input_at == s->input_size)
            return nn_fail(error, NN_BAD_DATA, "%s: the gzip file ends too early", s->name);
        const uInt room = size < (1u << 30) ? (uInt)size : 1u << 30;
        z->next_in = s->input + s->input_at;
        z->avail_in = (uInt)(s->input_size - s->input_at);
        z->next_out = (unsigned char *)buffer;
        z->avail_out = room;
        const int status = inflate(z, Z_NO_FLUSH);
        s->input_at = s->input_size - z->avail_in;
        *got = room - z->avail_out;
        if (status == Z_MEM_ERROR)
            return nn_fail(error, NN_FAILED, "%s: no memory", s->name);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return nn_fail(error, NN_BAD_DATA, "%s: damaged gzip file (%s)", s->name,
                           z->msg ? z->msg : "unknown error");
        if (status == Z_STREAM_END && (code = next_member(s, error)))
            return code;
    }
    return NN_OK;
}

/* UTF-16 as UTF-8. */
static int decode_some(ds_source *s, char *buffer, size_t size, size_t *got, nn_error *error)
{
    while (s->decoded_at == s->decoded_size) {
        int code = s->input_at < s->input_size ? NN_OK : fill_input(s, 1, error);
        if (code || s->input_at == s->input_size)
            return code;
        s->decoded_at = 0;
        s->decoded_size =
            ds_utf16_decode(&s->wide, s->input + s->input_at, s->input_size - s->input_at, s->decoded);
        s->input_at = s->input_size;
    }
    const size_t waiting = s->decoded_size - s->decoded_at;
    *got = waiting < size ? waiting : size;
    memcpy(buffer, s->decoded + s->decoded_at, *got);
    s->decoded_at += *got;
    return NN_OK;
}

/* One read's worth; *got is 0 only at the end. */
static int read_more(ds_source *s, char *buffer, size_t size, size_t *got, nn_error *error)
{
    *got = 0;
    if (s->gzip)
        return inflate_some(s, buffer, size, got, error);
    if (s->wide.order)
        return decode_some(s, buffer, size, got, error);
    const size_t waiting = s->input_size - s->input_at;
    if (waiting == 0)
        return s->input_ended ? NN_OK : read_raw(s, buffer, size, got, error);
    *got = waiting < size ? waiting : size;
    memcpy(buffer, s->input + s->input_at, *got);
    s->input_at += *got;
    return NN_OK;
}

/* The same, what was peeked at first. */
static int read_some(ds_source *s, char *buffer, size_t size, size_t *got, nn_error *error)
{
    const size_t waiting = s->peeked_size - s->peeked_at;
    if (waiting == 0)
        return read_more(s, buffer, size, got, error);
    *got = waiting < size ? waiting : size;
    memcpy(buffer, s->peeked + s->peeked_at, *got);
    s->peeked_at += *got;
    size_t more = 0;
    const bool on = *got < size && S_ISREG(s->file.st_mode); /* a pipe may have nothing more for now */
    const int code = on ? read_more(s, buffer + *got, size - *got, &more, error) : NN_OK;
    *got += more;
    return code;
}

/* want bytes, unless the file ends before. */
static int read_least(ds_source *s, char *buffer, size_t size, size_t want, size_t *got, nn_error *error)
{
    *got = 0;
    while (*got < want) {
        size_t n;
        const int code = read_some(s, buffer + *got, size - *got, &n, error);
        *got += n;
        if (code)
            return code;
        if (n == 0)
            break;
    }
    return NN_OK;
}

/* Sixteen places at a time, for lines may be short. */
static size_t count_lines(const char *p, size_t length)
{
    enum { WIDTH = 16, MOST = 255 };
    size_t count = 0, at = 0;
    while (length - at >= WIDTH) {
        uint8_t sum[WIDTH] = {0};
        for (int turn = 0; turn < MOST && length - at >= WIDTH; turn++, at += WIDTH)
            for (int i = 0; i < WIDTH; i++)
                sum[i] = (uint8_t)(sum[i] + (p[at + (size_t)i] == '\n'));
        for (int i = 0; i < WIDTH; i++)
            count += sum[i];
    }
    for (; at < length; at++)
        count += p[at] == '\n';
    return count;
}

static int refuse_nul(ds_source *s, const char *buffer, size_t *got, nn_error *error)
{
    const char *nul = memchr(buffer, '\0', *got);
    const char *end = nul ? nul : buffer + *got;
    *got = (size_t)(end - buffer);
    s->lines += count_lines(buffer, *got);
    return nul ? nn_fail(error, NN_BAD_DATA, "%s:%zu: a NUL byte: this is no text file", s->name,
                         s->lines + 1)
               : NN_OK;
}

/* Files that people take for tables, by their first bytes. */
static const char *foreign(const char *bytes, size_t length)
{
    static const struct {
        const char *begin, *what;
    } kinds[] = {{"PK\003\004", "a ZIP archive (or an Excel workbook): unpack it, or save the sheet as CSV"},
                 {"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV"},
                 {"PAR1", "a Parquet file: save it as CSV"},
                 {"ARROW1", "an Arrow file: save it as CSV"},
                 {"FEA1", "a Feather file: save it as CSV"},
                 {"\x89HDF", "an HDF5 file: save the table as CSV"},
                 {"CDF\001", "a NetCDF file: save the table as CSV"},
                 {"CDF\002", "a NetCDF file: save the table as CSV"},
                 {"BZh", "a bzip2 file: unpack it, or send it through a pipe (bzcat FILE | auspex ... -)"},
                 {"\xfd"
                  "7zXZ",
                  "an xz file: unpack it, or send it through a pipe (xzcat FILE | auspex ... -)"},
                 {"\x28\xb5\x2f\xfd",
                  "a zstd file: unpack it, or send it through a pipe (zstdcat FILE | auspex ... -)"},
                 {"SQLite format 3", "an SQLite database: export the table as CSV"},
                 {"%PDF", "a PDF document"},
                 {"<!DOCTYPE", "a web page: save the data themselves"},
                 {"<!doctype", "a web page: save the data themselves"},
                 {"<html", "a web page: save the data themselves"},
                 {"<?xml", "an XML document: save the table as CSV"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (length >= strlen(kinds[i].begin) && memcmp(bytes, kinds[i].begin, strlen(kinds[i].begin)) == 0)
            return kinds[i].what;
    return NULL;
}

static int check_start(ds_source *s, char *buffer, size_t *got, nn_error *error)
{
    const unsigned char *b = (const unsigned char *)buffer;
    const char *what = foreign(buffer, *got);
    if (what)
        return nn_fail(error, NN_BAD_DATA, "%s: this is %s", s->name, what);
    if (*got >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return nn_fail(error, NN_BAD_DATA, "%s:1: the gzip file holds UTF-16; unpack it, or save it as UTF-8",
                       s->name);
    if (*got >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf) {
        *got -= 3;
        memmove(buffer, buffer + 3, *got);
    }
    return NN_OK;
}

static int read_checked(ds_source *s, char *buffer, size_t size, size_t want, size_t *got, nn_error *error)
{
    const bool first = !s->handed;
    *got = 0;
    int code = s->started ? NN_OK : start(s, error);
    s->started = s->handed = true;
    if (!code)
        code = read_least(s, buffer, size, first && want < 3 ? 3 : want, got, error);
    XXH64_update(&s->hash, buffer, *got);
    if (s->binary || (code && first))
        return code;
    if (first && (code = check_start(s, buffer, got, error)))
        return code;
    const int text = refuse_nul(s, buffer, got, error); /* before what could not be read */
    return text ? text : code;
}

int ds_source_peek(ds_source *s, char bytes[DS_PEEK], size_t *got, nn_error *error)
{
    int code = s->started ? NN_OK : start(s, error);
    s->started = true;
    for (bool more = true; !code && more && s->peeked_size < DS_PEEK; s->peeked_size += *got) {
        code = read_more(s, s->peeked + s->peeked_size, DS_PEEK - s->peeked_size, got, error);
        more = *got > 0;
    }
    *got = s->peeked_size;
    memcpy(bytes, s->peeked, s->peeked_size);
    return code;
}

void ds_source_take_bytes(ds_source *source)
{
    source->binary = true;
}

bool ds_source_is_stream(const ds_source *source)
{
    return !S_ISREG(source->file.st_mode);
}

int ds_source_read(ds_source *source, char *buffer, size_t size, size_t *got, nn_error *error)
{
    return read_checked(source, buffer, size, size, got, error);
}

int ds_source_read_some(ds_source *source, char *buffer, size_t size, size_t *got, nn_error *error)
{
    int code = read_checked(source, buffer, size, 1, got, error);
    /* A file of which only the byte order mark has come. */
    if (!code && *got == 0 && !source->input_ended)
        code = read_checked(source, buffer, size, 1, got, error);
    return code;
}

const char *ds_source_name(const ds_source *source)
{
    return source->name;
}

uint64_t ds_source_size(const ds_source *source)
{
    return source->size;
}

double ds_source_share(const ds_source *s)
{
    const bool known = S_ISREG(s->file.st_mode) && s->file.st_size > 0;
    return known ? (double)(s->raw - (s->input_size - s->input_at)) / (double)s->file.st_size : 0;
}

uint64_t ds_source_hash(const ds_source *source)
{
    return XXH64_digest(&source->hash);
}
