/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference values in safetensors files of tests/golden/: settings in the metadata, weights under "param/".
 */
#ifndef TESTS_GOLDEN_FILE_H
#define TESTS_GOLDEN_FILE_H

#include "lib/files/safetensors.h"
#include "lib/params.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline nn_st_file *golden_open(const char *name)
{
    nn_error error = {0};
    nn_st_file *file;
    char path[1024];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/%s.safetensors", source ? source : ".", name);
    if (nn_st_open(&file, path, &error) != NN_OK)
        fail_msg("%s", error.text);
    return file;
}

/* Whether the file's tensors are stored in double, as small ones are: by the bytes behind its header. */
static inline bool golden_is_double(const nn_st_file *file)
{
    size_t elements = 0;
    unsigned char length[8] = {0};
    FILE *stream = fopen(nn_st_path(file), "rb");
    assert_non_null(stream);
    assert_int_equal(fread(length, 1, 8, stream), 8);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    const long bytes = ftell(stream) - 8 - (length[0] | length[1] << 8 | length[2] << 16);
    fclose(stream);
    for (size_t i = 0; i < nn_st_count(file); i++)
        elements += nn_st_at(file, i)->count;
    return (size_t)bytes > 6 * elements;
}

static inline const char *golden_setting(const nn_st_file *file, const char *key)
{
    const char *text = nn_st_metadata(file, key);
    if (!text)
        fail_msg("no %s among the settings", key);
    return text;
}

/* The tensor prefix + name of count elements; malloced. */
static inline double *golden_read(const nn_st_file *file, const char *prefix, const char *name, size_t count)
{
    char full[160];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    const nn_st_tensor *tensor = nn_st_find(file, full);
    if (!tensor)
        fail_msg("no tensor %s", full);
    assert_int_equal(tensor->count, count);
    double *values = malloc(count * sizeof *values);
    assert_non_null(values);
    nn_st_read_f64(file, tensor, values);
    return values;
}

static inline void golden_fill(const nn_st_file *file, const char *prefix, const char *name, nn_real *to,
                               size_t count)
{
    double *values = golden_read(file, prefix, name, count);
    for (size_t i = 0; i < count; i++)
        to[i] = (nn_real)values[i];
    free(values);
}

/* |got - want| <= rough (1e-5 + 1e-4 |want|) */
static inline void golden_compare(const nn_st_file *file, const char *prefix, const char *name,
                                  const nn_real *got, size_t count, double rough)
{
    double *want = golden_read(file, prefix, name, count);
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - want[i]) <= rough * (1e-5 + 1e-4 * fabs(want[i]))))
            fail_msg("%s%s[%zu]: %.9g, not %.9g", prefix, name, i, (double)got[i], want[i]);
    free(want);
}

/* Every tensor of the file has its parameter, in the file's shape. */
static inline void golden_load_params(const nn_st_file *file, nn_params *params)
{
    size_t tensors = 0;
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        char name[160];
        snprintf(name, sizeof name, "param/%s", p->name);
        const nn_st_tensor *tensor = nn_st_find(file, name);
        if (!tensor)
            fail_msg("no tensor %s", name);
        assert_int_equal(tensor->rank, p->rank);
        for (int d = 0; d < p->rank; d++)
            assert_int_equal(tensor->shape[d], p->shape[d]);
        golden_fill(file, "param/", p->name, params->data + p->offset, p->count);
    }
    for (size_t i = 0; i < nn_st_count(file); i++)
        tensors += strncmp(nn_st_at(file, i)->name, "param/", 6) == 0;
    assert_int_equal(tensors, params->count);
}

#endif
