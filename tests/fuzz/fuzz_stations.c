/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of stations: in its own order, and in that of a panel. */
#include "tests/fuzz/fuzz.h"

#include "datasets/stations/stations.h"

#include <math.h>

enum { MOST = 60 };

static void look(const ds_stations *s)
{
    static double adjacency[MOST * MOST];
    int nearest[4];
    nn_error error = {0};
    for (int i = 0; i < s->count; i++)
        fuzz_require(isfinite(s->x[i]) && isfinite(s->y[i]), "a place", s->ids[i]);
    if (s->count > MOST || s->count < 2)
        return;
    for (int i = 0; i < s->count; i++) {
        const int have = ds_stations_nearest(s, i, 4, nearest);
        for (int k = 0; k < have; k++)
            fuzz_require(nearest[k] != i && nearest[k] >= 0 && nearest[k] < s->count, "a neighbour",
                         s->ids[i]);
    }
    const int code = ds_stations_gaussian(s, 2, 0, adjacency, &error);
    fuzz_check(code, &error);
    for (int i = 0; !code && i < s->count; i++)
        for (int j = 0; j < s->count; j++)
            fuzz_require(adjacency[i * s->count + j] >= 0 && adjacency[i * s->count + j] <= 1 &&
                             adjacency[i * s->count + j] == adjacency[j * s->count + i],
                         "a symmetric weight", s->ids[i]);
}

static void read_stations(const char *path, char *const *names, int count)
{
    ds_stations *stations;
    nn_error error = {0};
    const int code = ds_stations_read(&stations, path, names, count, &error);
    fuzz_require((code == NN_OK) == (stations != NULL), "stations or an error", error.text);
    fuzz_check(code, &error);
    if (!code) {
        fuzz_require(!names || stations->count == count, "as many as asked for", path);
        look(stations);
    }
    ds_stations_free(stations);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *names[] = {"a", "b", "c"};
    char path[64];
    const int fd = fuzz_open(data, size, path);
    if (fuzz_tries(size, 0, 2))
        read_stations(path, NULL, 0);
    if (fuzz_tries(size, 1, 2))
        read_stations(path, names, 3);
    close(fd);
    return 0;
}
