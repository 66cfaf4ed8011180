/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds and writes the entries of an archive that compresses nothing. */
#include "forecast/exchange/stored_zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers of archives are copied as they are");

enum {
    LOCAL = 0x04034b50,
    CENTRAL = 0x02014b50,
    END = 0x06054b50,
    END64 = 0x06064b50,
    LOCATOR64 = 0x07064b50,
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR64_SIZE = 20,
    WIDE = 1, /* the id of the field that holds what 32 bits cannot */
    ALIGNMENT = 64
};
#define FULL32 UINT32_MAX

static uint16_t two(const unsigned char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t four(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t eight(const unsigned char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* --- reading --- */

bool fc_zip_is(const unsigned char *bytes, size_t size)
{
    return size >= LOCAL_SIZE && four(bytes) == LOCAL;
}

static int broken(nn_error *error, const char *what)
{
    return nn_fail(error, NN_BAD_DATA, "is a damaged or cut off zip archive: %s", what);
}

/* The last record stands at the very end, but for a comment of at most 65535 bytes. */
static const unsigned char *find_end(const unsigned char *bytes, size_t size)
{
    for (size_t back = END_SIZE; back <= size && back <= END_SIZE + 65535; back++)
        if (four(bytes + size - back) == END && two(bytes + size - back + 20) == back - END_SIZE)
            return bytes + size - back;
    return NULL;
}

int fc_zip_open(fc_zip *zip, const unsigned char *bytes, size_t size, nn_error *error)
{
    const unsigned char *end = size < LOCAL_SIZE ? NULL : find_end(bytes, size);
    if (!end)
        return broken(error, "its directory is missing");
    uint64_t entries = two(end + 10), length = four(end + 12), begin = four(end + 16);
    const size_t at = (size_t)(end - bytes);
    if (at >= LOCATOR64_SIZE && four(end - LOCATOR64_SIZE) == LOCATOR64) {
        const uint64_t wide = eight(end - LOCATOR64_SIZE + 8);
        if (at < END64_SIZE || wide > at - END64_SIZE || four(bytes + wide) != END64)
            return broken(error, "its directory is missing");
        entries = eight(bytes + wide + 32);
        length = eight(bytes + wide + 40);
        begin = eight(bytes + wide + 48);
    }
    if (begin > at || length > at - begin || entries > length / CENTRAL_SIZE)
        return broken(error, "its directory lies outside of it");
    *zip = (fc_zip){bytes, size, (size_t)begin, (size_t)length, (size_t)entries};
    return NN_OK;
}

/* Sizes and place of an entry, of 64 bits where those of 32 are full. */
typedef struct place {
    uint64_t packed, size, header;
} place;

static bool widen(place *p, const unsigned char *extra, size_t length)
{
    uint64_t *const fields[] = {&p->size, &p->packed, &p->header};
    while (length >= 4) {
        size_t used = 4, room = 4 + (size_t)two(extra + 2);
        if (room > length)
            return false;
        for (int i = 0; i < 3 && two(extra) == WIDE; i++)
            if (*fields[i] == FULL32) {
                if (used + 8 > room)
                    return false;
                *fields[i] = eight(extra + used);
                used += 8;
            }
        extra += room;
        length -= room;
    }
    return true;
}

static bool is_named(const fc_zip_entry *entry, const char *name)
{
    const size_t length = strlen(name);
    const char *rest = entry->name + entry->name_length - length;
    return entry->name_length > length + 1 && memcmp(rest, name, length) == 0 && rest[-1] == '/' &&
           memchr(entry->name, '/', entry->name_length) == rest - 1;
}

static int locate(const fc_zip *zip, const unsigned char *record, fc_zip_entry *entry, nn_error *error)
{
    place p = {four(record + 20), four(record + 24), four(record + 42)};
    if (!widen(&p, record + CENTRAL_SIZE + two(record + 28), two(record + 30)))
        return broken(error, "an entry's size is missing");
    if (two(record + 10))
        return nn_fail(error, NN_BAD_DATA,
                       "is a zip archive with compressed entries, and torch.save compresses nothing");
    if (p.header > zip->size - LOCAL_SIZE || four(zip->bytes + p.header) != LOCAL)
        return broken(error, "an entry does not begin where it should");
    const unsigned char *local = zip->bytes + p.header;
    const uint64_t head = p.header + LOCAL_SIZE + two(local + 26) + two(local + 28);
    if (p.packed != p.size || head > zip->size || p.size > zip->size - head)
        return broken(error, "an entry reaches beyond its end");
    entry->data = zip->bytes + head;
    entry->size = (size_t)p.size;
    return crc32_z(0, entry->data, entry->size) == four(record + 16)
               ? NN_OK
               : broken(error, "an entry's checksum is another");
}

int fc_zip_find(const fc_zip *zip, const char *name, fc_zip_entry *entry, nn_error *error)
{
    const unsigned char *record = zip->bytes + zip->directory;
    size_t left = zip->directory_size;
    for (size_t i = 0; i < zip->entries; i++) {
        if (left < CENTRAL_SIZE || four(record) != CENTRAL)
            return broken(error, "its directory is not one");
        const size_t names = two(record + 28),
                     size = CENTRAL_SIZE + names + two(record + 30) + two(record + 32);
        if (size > left)
            return broken(error, "its directory is cut off");
        *entry = (fc_zip_entry){.name = (const char *)record + CENTRAL_SIZE, .name_length = names};
        if (is_named(entry, name))
            return locate(zip, record, entry, error);
        record += size;
        left -= size;
    }
    *entry = (fc_zip_entry){0};
    return NN_OK;
}

/* --- writing --- */

typedef struct written {
    char *name;
    uint64_t at, size;
    uint32_t checksum;
} written;

struct fc_zip_writer {
    FILE *stream;
    uint64_t at;
    written *entries;
    size_t count, room;
};

fc_zip_writer *fc_zip_writer_new(FILE *stream)
{
    fc_zip_writer *writer = calloc(1, sizeof *writer);
    if (writer)
        writer->stream = stream;
    return writer;
}

void fc_zip_writer_free(fc_zip_writer *writer)
{
    for (size_t i = 0; writer && i < writer->count; i++)
        free(writer->entries[i].name);
    if (writer)
        free(writer->entries);
    free(writer);
}

static void put(fc_zip_writer *writer, const void *data, size_t size)
{
    fwrite(data, 1, size, writer->stream);
    writer->at += size;
}

static void put_two(fc_zip_writer *writer, unsigned value)
{
    put(writer, &(uint16_t){(uint16_t)value}, 2);
}

static void put_four(fc_zip_writer *writer, uint64_t value)
{
    put(writer, &(uint32_t){value < FULL32 ? (uint32_t)value : FULL32}, 4);
}

static void put_eight(fc_zip_writer *writer, uint64_t value)
{
    put(writer, &value, 8);
}

/* What local and central records share, from the version on; no time of day, so that the same content gives
 * the same bytes. */
static void put_common(fc_zip_writer *writer, const written *entry, unsigned extra)
{
    enum { VERSION = 45, FIRST_OF_1980 = 33 };
    put_two(writer, VERSION);
    put_two(writer, 0);
    put_two(writer, 0);
    put_two(writer, 0);
    put_two(writer, FIRST_OF_1980);
    put_four(writer, entry->checksum);
    put_four(writer, entry->size);
    put_four(writer, entry->size);
    put_two(writer, (unsigned)strlen(entry->name));
    put_two(writer, extra);
}

static bool is_wide(const written *entry)
{
    return entry->size >= FULL32 || entry->at >= FULL32;
}

/* The sizes of 64 bits where those of 32 are full, in the order that widen() reads. */
static unsigned wide_size(const written *entry, bool central)
{
    return is_wide(entry) ? 4 + (entry->size >= FULL32 ? 16 : 0) + (central && entry->at >= FULL32 ? 8 : 0)
                          : 0;
}

static void put_wide(fc_zip_writer *writer, const written *entry, bool central)
{
    if (!is_wide(entry))
        return;
    put_two(writer, WIDE);
    put_two(writer, wide_size(entry, central) - 4);
    if (entry->size >= FULL32) {
        put_eight(writer, entry->size);
        put_eight(writer, entry->size);
    }
    if (central && entry->at >= FULL32)
        put_eight(writer, entry->at);
}

int fc_zip_writer_add(fc_zip_writer *writer, const char *name, const void *data, size_t size, nn_error *error)
{
    if (writer->count == writer->room) {
        const size_t room = writer->room ? 2 * writer->room : 64;
        written *more = reallocarray(writer->entries, room, sizeof *more);
        if (!more)
            return nn_no_memory(error);
        writer->entries = more;
        writer->room = room;
    }
    written *entry = &writer->entries[writer->count];
    *entry = (written){strdup(name), writer->at, size, (uint32_t)crc32_z(0, data, size)};
    if (!entry->name)
        return nn_no_memory(error);
    writer->count++;
    /* A field of blanks before the content brings it to where it should begin. */
    const unsigned wide = wide_size(entry, false);
    const uint64_t head = writer->at + LOCAL_SIZE + strlen(name) + wide + 4;
    const unsigned padding = (unsigned)((ALIGNMENT - head % ALIGNMENT) % ALIGNMENT);
    put_four(writer, LOCAL);
    put_common(writer, entry, wide + 4 + padding);
    put(writer, name, strlen(name));
    put_wide(writer, entry, false);
    put(writer, "FB", 2); /* as torch.save calls it */
    put_two(writer, padding);
    put(writer, &(char[ALIGNMENT]){0}, padding);
    put(writer, data, size);
    return NN_OK;
}

static void put_central(fc_zip_writer *writer, const written *entry)
{
    put_four(writer, CENTRAL);
    put_two(writer, 0);
    put_common(writer, entry, wide_size(entry, true));
    put_two(writer, 0); /* no comment, one disk, no attributes */
    put_two(writer, 0);
    put_two(writer, 0);
    put_four(writer, 0);
    put_four(writer, entry->at);
    put(writer, entry->name, strlen(entry->name));
    put_wide(writer, entry, true);
}

static void put_end64(fc_zip_writer *writer, uint64_t begin, uint64_t size)
{
    const uint64_t at = writer->at;
    put_four(writer, END64);
    put_eight(writer, END64_SIZE - 12);
    put_two(writer, 45);
    put_two(writer, 45);
    put_four(writer, 0);
    put_four(writer, 0);
    put_eight(writer, writer->count);
    put_eight(writer, writer->count);
    put_eight(writer, size);
    put_eight(writer, begin);
    put_four(writer, LOCATOR64);
    put_four(writer, 0);
    put_eight(writer, at);
    put_four(writer, 1);
}

int fc_zip_writer_end(fc_zip_writer *writer, nn_error *error)
{
    const uint64_t begin = writer->at;
    for (size_t i = 0; i < writer->count; i++)
        put_central(writer, &writer->entries[i]);
    const uint64_t size = writer->at - begin;
    const unsigned count = writer->count < 65535 ? (unsigned)writer->count : 65535;
    if (begin >= FULL32 || writer->count >= 65535)
        put_end64(writer, begin, size);
    put_four(writer, END);
    put_two(writer, 0);
    put_two(writer, 0);
    put_two(writer, count);
    put_two(writer, count);
    put_four(writer, size);
    put_four(writer, begin);
    put_two(writer, 0);
    return ferror(writer->stream) ? nn_fail(error, NN_FAILED, "cannot be written") : NN_OK;
}
