/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a matrix of weights between stations, one, three and four of them. */
#include "tests/fuzz/fuzz.h"

#include "datasets/stations/stations.h"

#include <math.h>

static void read_adjacency(const char *path, char *const *names, int count)
{
    double *weights;
    int component[4];
    nn_error error = {0};
    const int code = ds_adjacency_read(&weights, path, names, count, &error);
    fuzz_require((code == NN_OK) == (weights != NULL), "weights or an error", error.text);
    fuzz_check(code, &error);
    if (code)
        return;
    for (int i = 0; i < count * count; i++)
        fuzz_require(isfinite(weights[i]) && weights[i] >= 0, "a weight", path);
    const int parts = ds_adjacency_components(weights, count, component);
    fuzz_require(parts >= 1 && parts <= count && component[0] == 0, "parts", path);
    const int whole = ds_adjacency_check(weights, names, count, "the file", &error);
    fuzz_check(whole, &error);
    fuzz_require((whole == NN_OK) == (parts == 1), "one part", path);
    free(weights);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *names[] = {"a", "b", "1", "4"};
    char path[64];
    const int fd = fuzz_open(data, size, path);
    for (int i = 0; i < 3; i++)
        if (fuzz_tries(size, (size_t)i, 3))
            read_adjacency(path, names, (const int[]){1, 3, 4}[i]);
    close(fd);
    return 0;
}
