/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors of a file of torch.save: a zip archive of a pickle that names them, and of their bytes. */
#include "forecast/exchange/pickle.h"
#include "forecast/exchange/published.h"
#include "forecast/exchange/stored_zip.h"
#include "lib/base/half.h"

#include <stdlib.h>
#include <string.h>

typedef struct dtype {
    const char *storage;
    size_t size;
    float (*value)(const unsigned char *at);
} dtype;

#define READER(name, type, made)                                                                             \
    static float name(const unsigned char *at)                                                               \
    {                                                                                                        \
        type value;                                                                                          \
        memcpy(&value, at, sizeof value);                                                                    \
        return made(value);                                                                                  \
    }
READER(of_float, float, )
READER(of_double, double, (float))
READER(of_half, uint16_t, nn_float_of_half)
READER(of_bfloat, uint16_t, nn_float_of_bfloat)
READER(of_long, int64_t, (float))
READER(of_int, int32_t, (float))

static const dtype dtypes[] = {{"torch FloatStorage", 4, of_float},
                               {"torch DoubleStorage", 8, of_double},
                               {"torch HalfStorage", 2, of_half},
                               {"torch BFloat16Storage", 2, of_bfloat},
                               {"torch LongStorage", 8, of_long},
                               {"torch IntStorage", 4, of_int},
                               {NULL, 0, NULL}};

/* A tensor as the pickle has it: a view of a storage. */
typedef struct view {
    const dtype *type;
    const unsigned char *bytes;
    size_t elements; /* of the storage */
    int rank;
    int64_t shape[NN_ST_MAX_RANK], stride[NN_ST_MAX_RANK], offset;
    size_t count;
} view;

typedef struct reader {
    fc_zip zip;
    fc_pickle pickle;
    nn_error *error;
} reader;

static const fc_pickle_value *item(const reader *r, const fc_pickle_value *of, size_t index)
{
    return fc_pickle_item(&r->pickle, of, index);
}

static int bad(const reader *r, const fc_pickle_value *name, const char *what)
{
    return nn_fail(r->error, NN_BAD_DATA, "its tensor '%.*s' %s",
                   (int)(name->length < 200 ? name->length : 200), name->text, what);
}

static int find_storage(const reader *r, const fc_pickle_value *name, const fc_pickle_value *storage, view *v)
{
    const fc_pickle_value *type = item(r, storage, 1), *key = item(r, storage, 2);
    for (v->type = dtypes; v->type->storage && !fc_pickle_is(type, v->type->storage);)
        v->type++;
    if (!v->type->storage)
        return bad(r, name, "is of a type that is none of float, double, half, bfloat16, int and long");
    char file[80] = "data/";
    if (!key || key->type != FC_PICKLE_TEXT || key->length > 64)
        return bad(r, name, "has no storage");
    memcpy(file + 5, key->text, key->length);
    fc_zip_entry entry;
    const int code = fc_zip_find(&r->zip, file, &entry, r->error);
    if (code)
        return code;
    if (!entry.data)
        return bad(r, name, "has no bytes in the archive");
    v->bytes = entry.data;
    v->elements = entry.size / v->type->size;
    return NN_OK;
}

static bool whole(const fc_pickle_value *value, int64_t *out)
{
    if (!value || value->type != FC_PICKLE_WHOLE || value->whole < 0)
        return false;
    *out = value->whole;
    return true;
}

/* That the last element which the strides reach is one of the storage. */
static int check_reach(const reader *r, const fc_pickle_value *name, view *v)
{
    size_t last = (size_t)v->offset, count = 1, far;
    for (int i = 0; i < v->rank; i++) {
        if (__builtin_mul_overflow(count, (size_t)v->shape[i], &count) || count > PTRDIFF_MAX / 8)
            return bad(r, name, "is too large");
        if (v->shape[i] && (__builtin_mul_overflow((size_t)v->shape[i] - 1, (size_t)v->stride[i], &far) ||
                            __builtin_add_overflow(last, far, &last)))
            return bad(r, name, "is too large");
    }
    v->count = count;
    return count && last >= v->elements ? bad(r, name, "reaches beyond its storage") : NN_OK;
}

static int find_view(const reader *r, const fc_pickle_value *name, const fc_pickle_value *tensor, view *v)
{
    const fc_pickle_value *storage = item(r, tensor, 0), *shape = item(r, tensor, 2),
                          *stride = item(r, tensor, 3);
    *v = (view){0};
    if (!storage || storage->type != FC_PICKLE_STORAGE || !whole(item(r, tensor, 1), &v->offset) || !shape ||
        !stride || shape->type != FC_PICKLE_LIST || stride->length != shape->length)
        return bad(r, name, "is not described as torch.save does it");
    if (shape->length > NN_ST_MAX_RANK)
        return bad(r, name, "has too many dimensions");
    v->rank = (int)shape->length;
    for (int i = 0; i < v->rank; i++)
        if (!whole(item(r, shape, (size_t)i), &v->shape[i]) ||
            !whole(item(r, stride, (size_t)i), &v->stride[i]))
            return bad(r, name, "has no shape");
    const int code = find_storage(r, name, storage, v);
    return code ? code : check_reach(r, name, v);
}

static void copy(const view *v, float *out)
{
    for (size_t i = 0; i < v->count; i++) {
        size_t rest = i, at = (size_t)v->offset;
        for (int k = v->rank - 1; k >= 0; k--) {
            at += rest % (size_t)v->shape[k] * (size_t)v->stride[k];
            rest /= (size_t)v->shape[k];
        }
        out[i] = v->type->value(v->bytes + at * v->type->size);
    }
}

/* --- which of the file's values are the weights --- */

static bool holds_tensors(const reader *r, const fc_pickle_value *dict)
{
    for (size_t i = 1; dict && dict->type == FC_PICKLE_DICT && i < dict->length; i += 2)
        if (item(r, dict, i)->type == FC_PICKLE_TENSOR)
            return true;
    return false;
}

static const fc_pickle_value *find_weights(const reader *r)
{
    static const char *const keys[] = {"state_dict", "model_state_dict", "model"};
    const fc_pickle_value *root = &r->pickle.values[r->pickle.top];
    if (holds_tensors(r, root))
        return root;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        for (size_t i = 0; root->type == FC_PICKLE_DICT && i + 1 < root->length; i += 2)
            if (fc_pickle_is(item(r, root, i), keys[k]) && holds_tensors(r, item(r, root, i + 1)))
                return item(r, root, i + 1);
    return NULL;
}

static int each(const reader *r, const fc_pickle_value *weights, nn_st_writer *writer, float *values,
                size_t *used)
{
    *used = 0;
    for (size_t i = 0; i + 1 < weights->length; i += 2) {
        const fc_pickle_value *name = item(r, weights, i), *tensor = item(r, weights, i + 1);
        if (tensor->type != FC_PICKLE_TENSOR)
            continue;
        if (name->type != FC_PICKLE_TEXT || name->length > 500)
            return nn_fail(r->error, NN_BAD_DATA, "a tensor of its pickle has no name");
        view v;
        int code = find_view(r, name, tensor, &v);
        /* Views may share a storage: all together are bounded, too. */
        if (!code && v.count > (size_t)1 << 40)
            code = bad(r, name, "is too large");
        if (!code && values) {
            char text[512];
            snprintf(text, sizeof text, "%.*s", (int)name->length, name->text);
            copy(&v, values + *used);
            code = nn_st_writer_tensor(writer, text, v.rank, v.shape, values + *used, r->error);
        }
        if (code)
            return code;
        *used += v.count;
    }
    return NN_OK;
}

static int read_weights(reader *r, nn_st_writer *writer, float **values)
{
    const fc_pickle_value *weights = find_weights(r);
    size_t count;
    if (!weights)
        return nn_fail(
            r->error, NN_BAD_DATA,
            "holds no state_dict: tensors under their names, as torch.save(model.state_dict(), ...) "
            "writes them");
    int code = each(r, weights, writer, NULL, &count);
    if (!code && count > 16 * r->zip.size)
        code = nn_fail(r->error, NN_BAD_DATA, "its tensors are larger than the file");
    if (!code && !(*values = malloc((count + 1) * sizeof **values)))
        code = nn_no_memory(r->error);
    return code ? code : each(r, weights, writer, *values, &count);
}

int fc_torch_read(nn_st_writer *writer, float **values, const unsigned char *bytes, size_t size,
                  nn_error *error)
{
    reader r = {.error = error};
    fc_zip_entry entry = {0};
    int code = fc_zip_open(&r.zip, bytes, size, error);
    if (!code)
        code = fc_zip_find(&r.zip, "data.pkl", &entry, error);
    if (!code && !entry.data)
        code = nn_fail(error, NN_BAD_DATA, "is a zip archive, but not one of torch.save: it has no data.pkl");
    if (!code)
        code = fc_pickle_read(&r.pickle, entry.data, entry.size, error);
    if (!code)
        code = read_weights(&r, writer, values);
    fc_pickle_clear(&r.pickle);
    return code;
}
