/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The safetensors reader and writer, hostile files and failing allocations included. */
#include "lib/files/safetensors.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Every allocation of the library and of jansson passes here, so that the n-th can fail and leaks can be
 * counted. */
static long allocations, live, failing;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

static int fails_now(void)
{
    return ++allocations == failing;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : counted(__real_calloc(count, size));
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : counted(__real_strdup(text));
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

typedef struct image {
    unsigned char bytes[1024];
    size_t size;
} image;

static image make(const char *header, size_t data_size)
{
    image im = {{0}, 0};
    uint64_t length = strlen(header);
    memcpy(im.bytes, &length, 8);
    memcpy(im.bytes + 8, header, length);
    for (size_t i = 0; i < data_size; i++)
        im.bytes[8 + length + i] = (unsigned char)i;
    im.size = 8 + length + data_size;
    return im;
}

/* Opens an exact copy, so that the address sanitizer sees a read past the end. */
static int opens(const unsigned char *bytes, size_t size, nn_error *e)
{
    unsigned char *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    nn_st_file *file;
    int code = nn_st_open_memory(&file, exact, size, "m.safetensors", e);
    for (size_t i = 0; !code && i < nn_st_count(file); i++) {
        const nn_st_tensor *t = nn_st_at(file, i);
        double *values = malloc(t->count * sizeof *values + 1);
        assert_non_null(values);
        nn_st_read_f64(file, t, values);
        nn_st_read_f32(file, t, (float *)values);
        free(values);
        assert_ptr_equal(nn_st_find(file, t->name), t);
    }
    assert_true(code == NN_OK || file == NULL);
    nn_st_close(file);
    free(exact);
    return code;
}

static void refused(const unsigned char *bytes, size_t size, const char *reason)
{
    nn_error e = {0};
    assert_int_equal(opens(bytes, size, &e), NN_BAD_DATA);
    assert_ptr_equal(strstr(e.text, "m.safetensors: "), e.text);
    if (!strstr(e.text, reason))
        fail_msg("'%s' does not say '%s'", e.text, reason);
    assert_null(strchr(e.text, '\n'));
}

static const char valid[] =
    "{\"__metadata__\":{\"k\":\"v\"},\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
    "\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[8,16]}} ";

#define ONE(dtype, shape, offsets)                                                                           \
    "{\"x\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(first, second)                                                                                   \
    "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" first                                        \
    "},\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" second "}}"

static void test_hostile_headers(void **state)
{
    (void)state;
    const struct {
        const char *header;
        size_t data;
        const char *reason;
    } cases[] = {
        {"[]", 0, "does not begin with '{'"},
        {" {}", 0, "does not begin with '{'"},
        {"{}x", 0, "not valid JSON"},
        {"{\"x\":1", 0, "not valid JSON"},
        {"{\"\xff\":{}}", 0, "not valid JSON"},
        {"{\"a\\u0000b\":{}}", 0, "not valid JSON"},
        {"{}", 4, "belong to none"},
        {"{\"x\":1}", 0, "not described by a JSON object"},
        {"{\"x\":{}}", 0, "no dtype"},
        {"{\"__metadata__\":[]}", 0, "__metadata__"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "not a string"},
        {"{\"x\":{\"dtype\":\"F32\"}}", 0, "no shape"},
        {"{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets"},
        {ONE("7", "[1]", "[0,4]"), 4, "no dtype"},
        {ONE("\"U4\"", "[1]", "[0,8]"), 8, "'U4'; supported are F32"},
        {ONE("\"F32\"", "4", "[0,16]"), 16, "no shape"},
        {ONE("\"F32\"", "[-1]", "[0,4]"), 4, "not a whole number"},
        {ONE("\"F32\"", "[1.0]", "[0,4]"), 4, "not a whole number"},
        {ONE("\"F32\"", "[\"1\"]", "[0,4]"), 4, "not a whole number"},
        {ONE("\"F32\"", "[1e0]", "[0,4]"), 4, "not a whole number"},
        {ONE("\"F32\"", "[99999999999999999999]", "[0,4]"), 4, "not valid JSON"},
        {ONE("\"F32\"", "[9223372036854775807]", "[0,4]"), 4, "larger than this machine"},
        {ONE("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, "larger than this machine"},
        {ONE("\"F32\"", "[0,4294967296,4294967296]", "[0,0]"), 0, "larger than this machine"},
        {ONE("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "9 dimensions"},
        {ONE("\"F32\"", "[1]", "[0,3]"), 4, "has 3 bytes"},
        {ONE("\"F32\"", "[2]", "[0,4]"), 4, "ask for 8"},
        {ONE("\"F32\"", "[1]", "[4,0]"), 4, "before it begins"},
        {ONE("\"F32\"", "[1]", "[0,8]"), 4, "cut off"},
        {ONE("\"F32\"", "[1]", "[4,8]"), 4, "cut off"},
        {ONE("\"F32\"", "[1]", "[4,8]"), 8, "a hole"},
        {ONE("\"F32\"", "[1]", "[-4,0]"), 4, "data_offsets"},
        {ONE("\"F32\"", "[1]", "[0]"), 4, "data_offsets"},
        {ONE("\"F32\"", "[1]", "[0,4,8]"), 4, "data_offsets"},
        {ONE("\"F32\"", "[1]", "{}"), 4, "data_offsets"},
        {ONE("\"F32\"", "[1]", "[0,4]"), 5, "1 bytes after the last"},
        {TWO("[0,4]", "[0,4]"), 8, "overlap"},
        {TWO("[0,4]", "[2,6]"), 8, "overlap"},
        {TWO("[0,4]", "[8,12]"), 12, "a hole"},
        {"{\"x\":{},\"x\":{}}", 0, "duplicate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        image im = make(cases[i].header, cases[i].data);
        refused(im.bytes, im.size, cases[i].reason);
    }
}

static void test_hostile_lengths(void **state)
{
    (void)state;
    const uint64_t lengths[] = {0, 1, 200000000, UINT64_MAX, UINT64_MAX - 7, 1ull << 63, 100000001};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        image im = make("{}", 0);
        memcpy(im.bytes, &lengths[i], 8);
        refused(im.bytes, im.size, "it announces a header");
    }
    image im = make("{}", 0);
    im.bytes[0] = 3;
    refused(im.bytes, im.size, "is cut off");
    size_t depth = 100000;
    unsigned char *deep = malloc(8 + 5 * depth);
    assert_non_null(deep);
    uint64_t length = 5 * depth;
    memcpy(deep, &length, 8);
    for (size_t i = 0; i < depth; i++)
        memcpy(deep + 8 + 5 * i, "{\"a\":", 5);
    refused(deep, 8 + 5 * depth, "depth");
    free(deep);
}

static void test_every_truncation(void **state)
{
    (void)state;
    image im = make(valid, 16);
    assert_int_equal(opens(im.bytes, im.size, NULL), NN_OK);
    for (size_t size = 0; size < im.size; size++)
        refused(im.bytes, size, "");
}

static void test_every_flip(void **state)
{
    (void)state;
    image im = make(valid, 16);
    for (size_t i = 0; i < im.size - 16; i++)
        for (int bit = 0; bit < 8; bit++) {
            nn_error e = {0};
            im.bytes[i] ^= (unsigned char)(1 << bit);
            if (opens(im.bytes, im.size, &e))
                assert_non_null(strstr(e.text, "m.safetensors: "));
            im.bytes[i] ^= (unsigned char)(1 << bit);
        }
}

static void test_failing_allocations(void **state)
{
    (void)state;
    image im = make(valid, 16);
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    int opened = 0;
    for (long n = 1; n < 1000 && !opened; n++) {
        nn_st_file *file;
        nn_error e = {0};
        live = allocations = 0;
        failing = n;
        int code = nn_st_open_memory(&file, im.bytes, im.size, "m.safetensors", &e);
        failing = 0;
        if (code)
            assert_non_null(strstr(e.text, "m.safetensors: "));
        opened = code == NN_OK;
        assert_true(opened == (allocations < n));
        nn_st_close(file);
        assert_int_equal(live, 0);
    }
    assert_true(opened);
    json_set_alloc_funcs(__real_malloc, __real_free);
}

static void test_conversions(void **state)
{
    (void)state;
    const uint16_t half[] = {0x0000, 0x8000, 0x3c00, 0xc000, 0x0001, 0x83ff,
                             0x0400, 0x7bff, 0x7c00, 0xfc00, 0x7e00};
    const float half_is[] = {0,        -0.0f, 1,        -2,       0x1p-24f, -1023 * 0x1p-24f,
                             0x1p-14f, 65504, INFINITY, -INFINITY};
    const uint16_t brain[] = {0x3f80, 0xc000, 0x0001, 0x7f80, 0x7fc0};
    image im =
        make("{\"h\":{\"dtype\":\"F16\",\"shape\":[11],\"data_offsets\":[1,23]},\"e\":{\"dtype\":\"F16\","
             "\"shape\":[0],"
             "\"data_offsets\":[0,0]},\"z\":{\"dtype\":\"BF16\",\"shape\":[5],\"data_offsets\":[22,32]}}",
             0);
    char *offsets = strstr((char *)im.bytes + 8, "[1,23]");
    memcpy(offsets, "[0,22]", 6);
    memcpy(im.bytes + im.size, half, sizeof half);
    memcpy(im.bytes + im.size + sizeof half, brain, sizeof brain);
    im.size += sizeof half + sizeof brain;
    nn_st_file *file;
    nn_error e = {0};
    if (nn_st_open_memory(&file, im.bytes, im.size, "m", &e))
        fail_msg("%s", e.text);
    float f[11];
    double d[11];
    nn_st_read_f32(file, nn_st_find(file, "h"), f);
    nn_st_read_f64(file, nn_st_find(file, "h"), d);
    assert_memory_equal(f, half_is, sizeof half_is);
    assert_true(isnan(f[10]) && isnan(d[10]) && d[4] == 0x1p-24);
    nn_st_read_f32(file, nn_st_find(file, "z"), f);
    assert_true(f[0] == 1 && f[1] == -2 && f[2] == 0x1p-133f && isinf(f[3]) && isnan(f[4]));
    assert_int_equal(nn_st_find(file, "e")->count, 0);
    assert_null(nn_st_find(file, "nothing"));
    nn_st_close(file);
}

static void test_whole_numbers(void **state)
{
    (void)state;
    const int64_t wide[2] = {-3, 1ll << 53};
    const int32_t narrow[1] = {INT32_MIN};
    image im = make("{\"w\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                    "\"n\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[16,20]}}",
                    20);
    memcpy(im.bytes + im.size - 20, wide, sizeof wide);
    memcpy(im.bytes + im.size - 4, narrow, sizeof narrow);
    nn_st_file *file;
    assert_int_equal(nn_st_open_memory(&file, im.bytes, im.size, "m", NULL), NN_OK);
    double d[2];
    float f[2];
    nn_st_read_f64(file, nn_st_find(file, "w"), d);
    nn_st_read_f32(file, nn_st_find(file, "w"), f);
    assert_true(d[0] == -3 && d[1] == 0x1p53 && f[0] == -3 && f[1] == 0x1p53f);
    nn_st_read_f64(file, nn_st_find(file, "n"), d);
    assert_true(d[0] == -0x1p31);
    nn_st_close(file);
}

static void add(nn_st_writer *writer, const char *name, int rank, const int64_t *shape, const float *data,
                int code)
{
    nn_error e = {0};
    if (nn_st_writer_tensor(writer, name, rank, shape, data, &e) != code)
        fail_msg("%s: %s", name, e.text);
}

static void test_round_trip(void **state)
{
    (void)state;
    char path[] = "/tmp/test_safetensors_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    const float data[6] = {1, -2.5f, 3e-40f, INFINITY, 5, 6};
    const int64_t shape[3] = {2, 3, 1}, empty[2] = {0, 7}, bad[1] = {-1};
    nn_st_writer *writer = nn_st_writer_new();
    assert_non_null(writer);
    assert_int_equal(nn_st_writer_metadata(writer, "z\"\n", "{\"a\":[1]}", NULL), NN_OK);
    assert_int_equal(nn_st_writer_metadata(writer, "a", "\xc3\xa9", NULL), NN_OK);
    assert_int_equal(nn_st_writer_metadata(writer, "bad", "\xff", NULL), NN_FAILED);
    add(writer, "w", 3, shape, data, NN_OK);
    add(writer, "empty", 2, empty, NULL, NN_OK);
    add(writer, "a scalar", 0, NULL, data + 1, NN_OK);
    add(writer, "w", 3, shape, data, NN_FAILED);
    add(writer, "__metadata__", 3, shape, data, NN_FAILED);
    add(writer, "neg", 1, bad, data, NN_FAILED);
    add(writer, "\xff", 3, shape, data, NN_FAILED);
    add(writer, "deep", 9, shape, data, NN_FAILED);
    nn_error e = {0};
    for (int twice = 0; twice < 2; twice++)
        if (nn_st_write(writer, path, &e))
            fail_msg("%s", e.text);
    nn_st_writer_free(writer);
    nn_st_file *file;
    if (nn_st_open(&file, path, &e))
        fail_msg("%s", e.text);
    unlink(path);
    assert_string_equal(nn_st_path(file), path);
    assert_int_equal(nn_st_count(file), 3);
    assert_string_equal(nn_st_at(file, 0)->name, "w");
    assert_null(nn_st_at(file, 3));
    assert_int_equal(nn_st_metadata_count(file), 3);
    assert_int_equal(strlen(nn_st_metadata(file, "auspex.hash")), 32);
    assert_string_equal(nn_st_metadata_key(file, 0), "z\"\n");
    assert_string_equal(nn_st_metadata(file, "a"), "\xc3\xa9");
    assert_null(nn_st_metadata(file, "b"));
    const nn_st_tensor *w = nn_st_find(file, "w"), *s = nn_st_find(file, "a scalar");
    float got[6];
    assert_int_equal(w->rank, 3);
    assert_memory_equal(w->shape, shape, sizeof shape);
    nn_st_read_f32(file, w, got);
    assert_memory_equal(got, data, sizeof data);
    double one;
    assert_int_equal(s->count, 1);
    nn_st_read_f64(file, s, &one);
    assert_true(one == -2.5);
    nn_st_close(file);
}

static void test_bad_paths(void **state)
{
    (void)state;
    nn_st_file *file;
    nn_error e = {0};
    assert_int_equal(nn_st_open(&file, "/nowhere/x", &e), NN_BAD_DATA);
    assert_string_equal(e.text, "/nowhere/x: cannot be opened: No such file or directory");
    assert_int_equal(nn_st_open(&file, "/", &e), NN_BAD_DATA);
    assert_string_equal(e.text, "/: is a folder, not a file");
    assert_int_equal(nn_st_open(&file, "/dev/zero", &e), NN_BAD_DATA);
    nn_st_close(NULL);
}

/* Where a file cannot be written, its content is kept in TMPDIR, and the message says so. */
static void test_what_cannot_be_written_is_kept(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_safetensors_XXXXXX", path[300];
    static const char *const no_place[] = {"/dev/full", "/nowhere/none/full"};
    const float data[2] = {1, 2};
    assert_non_null(mkdtemp(folder));
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    setenv("TMPDIR", folder, 1);
    for (int i = 0; i < 2; i++) {
        nn_error e = {0};
        nn_st_writer *writer = nn_st_writer_new();
        add(writer, "w", 1, &(int64_t){2}, data, NN_OK);
        assert_int_equal(nn_st_write(writer, no_place[i], &e), NN_FAILED);
        nn_st_writer_free(writer);
        assert_ptr_equal(strstr(e.text, no_place[i]), e.text);
        assert_non_null(strstr(e.text, i ? "its folder does not exist" : "No space left on device"));
        snprintf(path, sizeof path, "%s/auspex-%ld-full", folder, (long)getpid());
        assert_non_null(strstr(e.text, path));
        nn_st_file *file;
        assert_int_equal(nn_st_open(&file, path, &e), NN_OK);
        assert_int_equal(nn_st_count(file), 1);
        nn_st_close(file);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

/* Files of before, and of other programs, have no hash; the same content in another order has the same. */
static void test_hash_goes_by_content(void **state)
{
    (void)state;
    static const char hash[] = "ec00d8600ee8c9153d0765ae3886eaf3";
    char header[600];
    nn_error e = {0};
    for (int order = 0; order < 2; order++) {
        snprintf(header, sizeof header,
                 "{\"__metadata__\":{%s\"auspex.hash\":\"%s\"%s},%s\"w\":{\"dtype\":\"F32\","
                 "\"shape\":[1],\"data_offsets\":[0,4]}}",
                 order ? "" : "\"a\":\"b\",", hash, order ? ", \"a\": \"b\"" : "", order ? "  " : "");
        image im = make(header, 4);
        if (opens(im.bytes, im.size, &e))
            fail_msg("%s", e.text);
        im.bytes[im.size - 1] ^= 1;
        refused(im.bytes, im.size, "is damaged or was changed");
    }
}

static void test_reference_files(void **state)
{
    (void)state;
    const char *reference = getenv("AUSPEX_REFERENCE");
    char path[4096];
    snprintf(path, sizeof path, "%s/golden", reference ? reference : "");
    DIR *folder = reference ? opendir(path) : NULL;
    int count = 0;
    if (!folder) {
        print_message("no reference data: set AUSPEX_REFERENCE\n");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".safetensors") != 0)
            continue;
        nn_st_file *file;
        nn_error e = {0};
        snprintf(path, sizeof path, "%s/golden/%s", reference, entry->d_name);
        if (nn_st_open(&file, path, &e))
            fail_msg("%s", e.text);
        assert_true(nn_st_count(file) > 0);
        nn_st_close(file);
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_flip),
        cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_failing_allocations),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bad_paths),
        cmocka_unit_test(test_what_cannot_be_written_is_kept),
        cmocka_unit_test(test_hash_goes_by_content),
        cmocka_unit_test(test_reference_files),
        cmocka_unit_test(test_whole_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
