/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Avro object container files written by the bytes that their specification says. */
#ifndef TESTS_AVRO_FILE_H
#define TESTS_AVRO_FILE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct avro_bytes {
    unsigned char at[20000];
    size_t size;
} avro_bytes;

static inline void avro_put(avro_bytes *b, const void *bytes, size_t size)
{
    if (b->size + size > sizeof b->at)
        abort();
    memcpy(b->at + b->size, bytes, size);
    b->size += size;
}

static inline void avro_long(avro_bytes *b, long long value)
{
    uint64_t bits = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    do {
        const unsigned char byte = (unsigned char)((bits & 127) | (bits > 127 ? 128 : 0));
        avro_put(b, &byte, 1);
        bits >>= 7;
    } while (bits);
}

static inline void avro_text(avro_bytes *b, const char *text)
{
    avro_long(b, (long long)strlen(text));
    avro_put(b, text, strlen(text));
}

static inline void avro_double(avro_bytes *b, double value)
{
    avro_put(b, &value, 8); /* little-endian, as all machines that the tests run on */
}

static inline void avro_float(avro_bytes *b, float value)
{
    avro_put(b, &value, 4);
}

static const char avro_mark[] = "0123456789abcdef";

static inline void avro_head(avro_bytes *b, const char *schema, const char *codec)
{
    avro_put(b, "Obj\1", 4);
    avro_long(b, 2);
    avro_text(b, "avro.schema");
    avro_text(b, schema);
    avro_text(b, "avro.codec");
    avro_text(b, codec);
    avro_long(b, 0);
    avro_put(b, avro_mark, 16);
}

static inline void avro_block(avro_bytes *b, const avro_bytes *records, int count, int deflate_it)
{
    static unsigned char packed[20000];
    z_stream z = {.next_in = (unsigned char *)records->at,
                  .avail_in = (unsigned)records->size,
                  .next_out = packed,
                  .avail_out = sizeof packed};
    if (deflate_it && (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) ||
                       deflate(&z, Z_FINISH) != Z_STREAM_END || deflateEnd(&z)))
        abort();
    avro_long(b, count);
    avro_long(b, (long long)(deflate_it ? z.total_out : records->size));
    avro_put(b, deflate_it ? packed : records->at, deflate_it ? z.total_out : records->size);
    avro_put(b, avro_mark, 16);
}

/* Alerts as ZTF's: a named record used twice, unions with null, an array, bytes, an enum, a map. */
#define AVRO_POINT                                                                                           \
    "{\"type\":\"record\",\"name\":\"point\",\"fields\":[{\"name\":\"jd\",\"type\":\"double\"},"             \
    "{\"name\":\"fid\",\"type\":\"int\"},{\"name\":\"candid\",\"type\":[\"null\",\"long\"]},"                \
    "{\"name\":\"magpsf\",\"type\":[\"null\",\"float\"]},{\"name\":\"sigmapsf\",\"type\":[\"null\","         \
    "\"float\"]},"                                                                                           \
    "{\"name\":\"diffmaglim\",\"type\":\"float\"},{\"name\":\"isdiffpos\",\"type\":[\"null\",\"string\"]}]}"
static const char avro_schema[] =
    "{\"type\":\"record\",\"name\":\"alert\",\"namespace\":\"sky\",\"fields\":["
    "{\"name\":\"objectId\",\"type\":\"string\"},{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":"
    "\"kinds\","
    "\"symbols\":[\"OLD\",\"NEW\"]}},{\"name\":\"stamp\",\"type\":\"bytes\"},"
    "{\"name\":\"notes\",\"type\":{\"type\":\"map\",\"values\":\"boolean\"}},{\"name\":\"hash\",\"type\":"
    "{\"type\":\"fixed\",\"name\":\"md5\",\"size\":4}},{\"name\":\"candidate\",\"type\":" AVRO_POINT "},"
    "{\"name\":\"prv_candidates\",\"type\":[\"null\",{\"type\":\"array\",\"items\":\"sky.point\"}]}]}";

/* magnitude 0: a limit */
static inline void avro_point(avro_bytes *b, double jd, int fid, long long candid, float magnitude,
                              const char *sign)
{
    avro_double(b, jd);
    avro_long(b, fid);
    avro_long(b, magnitude != 0);
    if (magnitude != 0)
        avro_long(b, candid);
    for (int k = 0; k < 2; k++) {
        avro_long(b, magnitude != 0);
        if (magnitude != 0)
            avro_float(b, k ? 0.125f : magnitude);
    }
    avro_float(b, 20.5f);
    avro_long(b, magnitude != 0);
    if (magnitude != 0)
        avro_text(b, sign);
}

static inline void avro_alert_head(avro_bytes *b, const char *id)
{
    avro_text(b, id);
    avro_long(b, 1);
    avro_text(b, "a picture");
    avro_long(b, 1);
    avro_text(b, "real");
    avro_put(b, "\1", 1);
    avro_long(b, 0);
    avro_put(b, "hash", 4);
}

/* Two objects, the first with two alerts; ordinary says what they must give. */
static inline void avro_alerts(avro_bytes *file, int deflated)
{
    static avro_bytes records;
    records.size = file->size = 0;
    avro_head(file, avro_schema, deflated ? "deflate" : "null");
    avro_alert_head(&records, "A");
    avro_point(&records, 2459001.5, 1, 11, 18.5f, "t");
    avro_long(&records, 1);
    avro_long(&records, -1); /* a block with its size in bytes */
    avro_long(&records, 8 + 1 + 1 + 2 + 4 + 1);
    avro_point(&records, 2459000.5, 2, 0, 0, "");
    avro_long(&records, 0);
    avro_alert_head(&records, "B");
    avro_point(&records, 2459001.5, 1, 12, 18.5f, "t");
    avro_long(&records, 0);
    avro_block(file, &records, 2, deflated);
    records.size = 0;
    avro_alert_head(&records, "A");
    avro_point(&records, 2459003.5, 2, 13, 18.25f, "f");
    avro_long(&records, 1);
    avro_long(&records, 2);
    avro_point(&records, 2459000.5, 2, 0, 0, "");
    avro_point(&records, 2459001.5, 1, 11, 18.5f, "t");
    avro_long(&records, 0);
    avro_block(file, &records, 1, deflated);
}

#endif
