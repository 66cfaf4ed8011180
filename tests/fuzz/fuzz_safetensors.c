/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: any bytes as a safetensors file. */
#include "tests/fuzz/fuzz.h"

#include "lib/files/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nn_st_file *file;
    nn_error error = {0};
    if (nn_st_open_memory(&file, data, size, "fuzz", &error)) {
        if (!error.text[0])
            abort();
        return 0;
    }
    for (size_t i = 0; i < nn_st_count(file); i++) {
        const nn_st_tensor *tensor = nn_st_at(file, i);
        /* Two bytes at least lie in the file for each element, so this is bounded by the input. */
        double *values = malloc(tensor->count ? tensor->count * sizeof *values : 1);
        if (values) {
            nn_st_read_f64(file, tensor, values);
            nn_st_read_f32(file, tensor, (float *)values);
        }
        free(values);
        if (nn_st_find(file, tensor->name) != tensor)
            abort();
    }
    for (size_t i = 0; i < nn_st_metadata_count(file); i++)
        if (!nn_st_metadata(file, nn_st_metadata_key(file, i)))
            abort();
    nn_st_close(file);
    return 0;
}
