/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights of the four networks go to other programs and come back bit by bit: as safetensors, as a state_dict
 * of torch.save, as text; and what is no such file is refused with the reason. */
#include "forecast/exchange/published.h"
#include "small_files.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKY  "--metadata sky_meta.csv --label class "
#define FARM "--stations farm_stations.csv --id station --target Patv --columns Patv,Wspd "

/* A model of each kind, as it is trained and as it is imported. */
static const struct exchange {
    const char *kind, *data, *train, *import;
} kinds[] = {
    {"itransformer", "data.csv",
     "--d-model 16 --heads 4 --d-ff 24 --layers 2 --lookback 24 --horizon 6 --epochs 1 ", "--heads 4 "},
    {"time2vec", "data.csv",
     "--preset paper --heads 2 --head-width 4 --d-ff 6 --hidden 7 --blocks 2 --lookback 10 --horizon 3 "
     "--epochs 1 ",
     "--preset paper --heads 2 --horizon 3 "},
    {"hsttn", "farm.csv",
     FARM "--stride 24 --d-model 8 --heads 2 --head-width 4 --d-ff 16 --base none --lookback 12 --horizon 12 "
          "--epochs 1 ",
     FARM "--heads 2 --base none --lookback 12 --horizon 12 "},
    {"t2", "sky.csv", SKY "--redshift none --epochs 1 ", SKY "--redshift none "},
};

static nn_st_file *opened(const char *name)
{
    char path[512];
    nn_st_file *file;
    nn_error error = {0};
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    if (fc_published_open(&file, path, &error))
        fail_msg("%s", error.text);
    return file;
}

/* The same names, shapes and bits. */
static void assert_same_tensors(const char *a, const char *b)
{
    nn_st_file *x = opened(a), *y = opened(b);
    assert_int_equal(nn_st_count(x), nn_st_count(y));
    assert_true(nn_st_count(x) > 0);
    for (size_t i = 0; i < nn_st_count(x); i++) {
        const nn_st_tensor *t = nn_st_at(x, i), *u = nn_st_find(y, t->name);
        if (!u)
            fail_msg("%s has no %s", b, t->name);
        assert_int_equal(t->rank, u->rank);
        assert_memory_equal(t->shape, u->shape, (size_t)t->rank * sizeof *t->shape);
        float *p = malloc(t->count * sizeof *p), *q = malloc(t->count * sizeof *q);
        nn_st_read_f32(x, t, p);
        nn_st_read_f32(y, u, q);
        assert_memory_equal(p, q, t->count * sizeof *p);
        free(p);
        free(q);
    }
    nn_st_close(x);
    nn_st_close(y);
}

static void test_round_trips(void **state)
{
    (void)state;
    char words[700];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct exchange *k = &kinds[i];
        snprintf(words, sizeof words, "train %s --model %s %s -q -o m.st", k->data, k->kind, k->train);
        program_discard(program_expect(words, 0));
        program_discard(program_expect("export m.st --safetensors -o w.st", 0));
        program_discard(program_expect("export m.st --torch -o w.pth", 0));
        assert_same_tensors("w.st", "w.pth");
        static const char *const forms[] = {"w.st", "w.pth"};
        for (int f = 0; f < 2; f++) {
            snprintf(words, sizeof words, "import %s --model %s --data %s %s -o back.st", forms[f], k->kind,
                     k->data, k->import);
            program_discard(program_expect(words, 0));
            program_discard(program_expect("export back.st --torch -o again.pth", 0));
            assert_true(program_same("w.pth", "again.pth"));
        }
    }
}

/* Python reads what was written, without PyTorch: its zipfile and its pickle. */
static void test_python_reads_it(void **state)
{
    (void)state;
    static const char script[] =
        "import collections, pickle, sys, zipfile\n"
        "z = zipfile.ZipFile(sys.argv[1])\n"
        "assert z.testzip() is None and all(i.compress_type == 0 for i in z.infolist())\n"
        "class Load(pickle.Unpickler):\n"
        "    def persistent_load(self, i): return i\n"
        "    def find_class(self, m, n):\n"
        "        if (m, n) == ('collections', 'OrderedDict'): return collections.OrderedDict\n"
        "        if (m, n) == ('torch', 'FloatStorage'): return n\n"
        "        assert (m, n) == ('torch._utils', '_rebuild_tensor_v2')\n"
        "        return lambda s, at, size, stride, grad, hooks: (s, at, size, stride)\n"
        "d = Load(z.open('archive/data.pkl')).load()\n"
        "for name, (s, at, size, stride) in d.items():\n"
        "    count = 1\n"
        "    for n in size: count *= n\n"
        "    assert s[0] == 'storage' and s[4] == count and at == 0\n"
        "    assert len(z.read('archive/data/' + s[2])) == 4 * count\n"
        "print(len(d), list(d)[0])\n";
    program_discard(
        program_expect("train data.csv --d-model 16 --heads 4 --layers 1 --lookback 24 --horizon 6 "
                       "--epochs 1 -q --force -o p.st",
                       0));
    program_discard(program_expect("export p.st --torch -o p.pth", 0));
    program_write("read.py", script, strlen(script));
    program_result r = program_run_other("python3", "read.py p.pth", NULL);
    if (r.status == 127)
        print_message("no python3: not looked at\n");
    else {
        assert_int_equal(r.status, 0);
        assert_string_equal(r.out, "22 enc_embedding.value_embedding.weight\n");
    }
    program_result_free(&r);
}

/* As torch.save itself writes it, with what it adds: a checkpoint of more than weights, a view with strides
 * of a larger storage, numbers of 16 and 64 bits, a memo. */
static void test_a_checkpoint_of_torch(void **state)
{
    (void)state;
    program_bring("tests/cases/checkpoint.pth", "c.pth");
    nn_st_file *file = opened("c.pth");
    static const struct {
        const char *name;
        int rank;
        int64_t shape[2];
        float values[6];
    } expected[] = {{"layer.weight", 2, {2, 3}, {1, 3, 5, 2, 4, 6}},
                    {"layer.bias", 1, {2}, {-0.5F, 0.25F}},
                    {"half", 1, {3}, {1, -2, 0.5F}},
                    {"brain", 1, {2}, {1, -3}},
                    {"double", 1, {2}, {0.125F, 1e10F}},
                    {"steps", 0, {0}, {12}}};
    assert_int_equal(nn_st_count(file), 6);
    for (size_t i = 0; i < 6; i++) {
        const nn_st_tensor *t = nn_st_find(file, expected[i].name);
        assert_non_null(t);
        assert_int_equal(t->rank, expected[i].rank);
        float values[6];
        assert_true(t->count <= 6);
        nn_st_read_f32(file, t, values);
        for (int k = 0; k < t->rank; k++)
            assert_int_equal(t->shape[k], expected[i].shape[k]);
        assert_memory_equal(values, expected[i].values, t->count * sizeof *values);
    }
    nn_st_close(file);
}

static void test_text(void **state)
{
    (void)state;
    static const char text[] = "# conv.kernel[1,2,3] [1, 2, 3]\n1\n2.5\n-3e-2\n4 5 6\n# bias [2]\n7\n8";
    program_write("k.txt", text, sizeof text - 1);
    nn_st_file *file = opened("k.txt");
    const nn_st_tensor *t = nn_st_find(file, "conv.kernel");
    float values[6];
    assert_int_equal(nn_st_count(file), 2);
    assert_non_null(t);
    assert_int_equal(t->rank, 3);
    assert_int_equal(t->shape[2], 3);
    nn_st_read_f32(file, t, values);
    assert_true(values[1] == 2.5F && values[2] == -3e-2F && values[5] == 6);
    nn_st_close(file);
}

static void refused(const char *name, const char *bytes, size_t size, const char *said)
{
    char words[300];
    program_write(name, bytes, size);
    snprintf(words, sizeof words, "import %s --data data.csv -o no.st", name);
    program_refused(words, 3, said);
}

static void test_refused(void **state)
{
    (void)state;
    static const char short_text[] = "# conv.kernel [1, 2]\n1\n", word[] = "# a [2]\n1\noops\n",
                      shapeless[] = "# a\n1\n", hdf[] = "\x89HDF\r\n\x1a\n        ",
                      old[] = "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20";
    refused("short.txt", short_text, sizeof short_text - 1,
            "line 3: the tensor 'conv.kernel' has 1 numbers of 2");
    refused("word.txt", word, sizeof word - 1, "line 3: the tensor 'a' has 1 numbers of 2");
    refused("shapeless.txt", shapeless, sizeof shapeless - 1,
            "line 1: the dimensions of the tensor are not there");
    refused("keras.h5", hdf, sizeof hdf - 1, "is an HDF5 file, as Keras writes it");
    refused("old.pth", old, sizeof old - 1, "before PyTorch 1.6");
    size_t size;
    char *bytes = program_read("c.pth", &size);
    assert_non_null(bytes);
    refused("cut.pth", bytes, size / 2, "is a damaged or cut off zip archive");
    bytes[size / 3] ^= 1;
    program_write("bit.pth", bytes, size);
    program_result r = program_run("import bit.pth --data data.csv -o no.st", NULL);
    assert_int_equal(r.status, 3);
    program_result_free(&r);
    free(bytes);
    program_refused("import c.pth --data data.csv -o no.st", 3, "is missing");
    program_refused("export w.pth --torch -o x.pth", 3, "w.pth");
    program_refused("export back.st -o x.pth", 2, "nothing to do");
    program_refused("export back.st --torch --fold -o x.pth", 2, "too much");
    program_discard(program_expect("train data.csv --model ets --horizon 7 -q -o ets.st", 0));
    program_refused("export ets.st --torch -o x.pth", 2, "ets has no network");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trips),
                                       cmocka_unit_test(test_python_reads_it),
                                       cmocka_unit_test(test_a_checkpoint_of_torch),
                                       cmocka_unit_test(test_text), cmocka_unit_test(test_refused)};
    if (argc < 2 || program_set_up(argv[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, small_files_write, NULL);
    program_tear_down();
    return failed;
}
