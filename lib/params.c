/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of parameters, their memory and their first values. */
#include "lib/params.h"

#include "lib/base/random.h"
#include "lib/base/slab.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

nn_params *nn_params_new(void)
{
    return calloc(1, sizeof(nn_params));
}

void nn_params_free(nn_params *params)
{
    if (!params)
        return;
    for (int i = 0; i < params->count; i++)
        free(params->table[i].name);
    if (params->free_kept)
        params->free_kept(params);
    free(params->table);
    free(params->data);
    free(params);
}

void nn_params_changed(nn_params *params)
{
    params->version++;
}

const nn_param *nn_params_find(const nn_params *params, const char *name)
{
    for (int i = 0; i < params->count; i++)
        if (strcmp(params->table[i].name, name) == 0)
            return &params->table[i];
    return NULL;
}

void nn_params_silence(nn_params *params, const char *map)
{
    const size_t length = strlen(map);
    for (int i = 0; i < params->count; i++) {
        const nn_param *param = &params->table[i];
        if (strncmp(param->name, map, length) == 0 && param->name[length] == '.')
            memset(params->data + param->offset, 0, param->count * sizeof *params->data);
    }
}

void nn_params_mark_linear(nn_params *params, const nn_param *param)
{
    if (!params->data) /* a table that stands is shared by threads */
        params->table[param - params->table].linear = true;
}

const nn_factor *nn_params_factor(const nn_params *params, const char *name)
{
    for (int i = 0; i < params->factor_count; i++)
        if (strcmp(params->factors[i].name, name) == 0)
            return &params->factors[i];
    return NULL;
}

static bool same_shape(const nn_param *param, int rank, const int *shape)
{
    return param->rank == rank && memcmp(param->shape, shape, (size_t)rank * sizeof *shape) == 0;
}

/* So that the bytes of the buffer, its padding included, can be counted. */
#define MOST_ELEMENTS ((size_t)PTRDIFF_MAX / sizeof(nn_real) - 64)

static bool count_elements(int rank, const int *shape, size_t *count)
{
    *count = 1;
    for (int i = 0; i < rank; i++)
        if (shape[i] < 1 || __builtin_mul_overflow(*count, (size_t)shape[i], count))
            return false;
    return true;
}

/* Room for one more entry; the table doubles, so that entries move: callers keep offsets, not pointers. */
static bool reserve_entry(nn_params *params)
{
    if (params->count & (params->count - 1))
        return true;
    size_t room = params->count ? 2 * (size_t)params->count : 1;
    nn_param *table = realloc(params->table, room * sizeof *table);
    if (table)
        params->table = table;
    return table != NULL;
}

bool nn_params_fit(const nn_params *params, int rank, const int *shape)
{
    size_t count;
    return !params->data && rank >= 1 && rank <= NN_MAX_RANK && count_elements(rank, shape, &count) &&
           count <= MOST_ELEMENTS - params->size;
}

const nn_param *nn_params_want(nn_params *params, const char *name, nn_init init, double bound, int rank,
                               const int *shape)
{
    const nn_param *found = nn_params_find(params, name);
    if (found)
        return same_shape(found, rank, shape) ? found : NULL;
    size_t count;
    if (!nn_params_fit(params, rank, shape) || !count_elements(rank, shape, &count) || !reserve_entry(params))
        return NULL;
    nn_param *param = &params->table[params->count];
    *param = (nn_param){.name = strdup(name),
                        .rank = rank,
                        .offset = params->size,
                        .count = count,
                        .init = init,
                        .bound = bound};
    if (!param->name)
        return NULL;
    memcpy(param->shape, shape, (size_t)rank * sizeof *shape);
    params->size += param->count;
    params->count++;
    return param;
}

static uint64_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

int nn_params_reserve(nn_params *params, nn_error *error)
{
    params->data = nn_slab_raw(params->size * sizeof(nn_real));
    if (!params->data)
        return nn_fail(error, NN_FAILED, "no memory for %zu parameters", params->size);
    return NN_OK;
}

bool nn_param_is_constant(const nn_param *param)
{
    return param->init == NN_INIT_NORMAL || param->init == NN_INIT_CENTRE ||
           param->init == NN_INIT_ORTHOGONAL || param->init == NN_INIT_STATISTIC ||
           param->init == NN_INIT_GROWN;
}

bool nn_param_is_kernel(const nn_param *param)
{
    const size_t length = strlen(param->name);
    return length > 7 && strcmp(param->name + length - 7, ".kernel") == 0;
}

/* Box & Muller 1958. */
static double normal(uint64_t key, size_t j)
{
    const double u = 1 - nn_random_uniform(key, 2 * j), angle = nn_random_uniform(key, 2 * j + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * angle);
}

/* Within blocks of as many rows as there are columns, each row is made orthogonal to those before it and
 * keeps its length (Gram & Schmidt, twice: once leaves rounding behind). */
static void make_orthogonal(const nn_param *param, nn_real *data)
{
    const int columns = param->shape[param->rank - 1], rows = (int)(param->count / (size_t)columns);
    for (int r = 0; r < rows; r++) {
        nn_real *row = data + (size_t)r * (size_t)columns;
        double before = 0, after = 0;
        for (int c = 0; c < columns; c++)
            before += (double)row[c] * (double)row[c];
        for (int turn = 0; turn < 2; turn++)
            for (int o = r / columns * columns; o < r; o++) {
                const nn_real *other = data + (size_t)o * (size_t)columns;
                double dot = 0, square = 0;
                for (int c = 0; c < columns; c++) {
                    dot += (double)row[c] * (double)other[c];
                    square += (double)other[c] * (double)other[c];
                }
                for (int c = 0; c < columns && square > 0; c++)
                    row[c] -= (nn_real)(dot / square * (double)other[c]);
            }
        for (int c = 0; c < columns; c++)
            after += (double)row[c] * (double)row[c];
        for (int c = 0; c < columns && after > 0; c++)
            row[c] *= (nn_real)sqrt(before / after);
    }
}

int nn_params_allocate(nn_params *params, uint64_t seed, nn_error *error)
{
    if (nn_params_reserve(params, error))
        return NN_FAILED;
    for (int i = 0; i < params->count; i++) {
        const nn_param *param = &params->table[i];
        nn_real *data = params->data + param->offset;
        uint64_t key = nn_random(seed, hash_name(param->name));
        for (size_t j = 0; j < param->count; j++)
            switch (param->init) {
            case NN_INIT_ZERO:
            case NN_INIT_GROWN:
                data[j] = 0;
                break;
            case NN_INIT_ONE:
                data[j] = 1;
                break;
            case NN_INIT_VALUE:
            case NN_INIT_CENTRE:
                data[j] = (nn_real)param->bound;
                break;
            case NN_INIT_STATISTIC:
                data[j] = j / (size_t)param->shape[1] == 1;
                break;
            case NN_INIT_NORMAL:
            case NN_INIT_ORTHOGONAL:
                data[j] = (nn_real)(param->bound * normal(key, j));
                break;
            case NN_INIT_MIXING: {
                const size_t width = (size_t)param->shape[1];
                data[j] = (nn_real)((j / width == j % width) + normal(key, j));
                break;
            }
            case NN_INIT_UNIFORM:
                data[j] = (nn_real)(param->bound * (2 * nn_random_uniform(key, j) - 1));
                break;
            }
        if (param->init == NN_INIT_ORTHOGONAL)
            make_orthogonal(param, data);
    }
    return NN_OK;
}
