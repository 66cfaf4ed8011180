/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks as ONNX models give what our own passes give, for batches of other sizes, under onnxruntime;
 * where $AUSPEX_PYTHON (python3) has none, only that they are written. */
#include "forecast/model.h"
#include "forecast/weights.h"
#include "small_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SKY "sky.csv --metadata sky_meta.csv --label class --redshift none --no-rival --epochs 1 "
#define FARM                                                                                                 \
    "farm.csv --stations farm_stations.csv --id station --target Patv --columns Patv,Wspd --stride 24 "
#define T2V "data.csv --model time2vec --lookback 24 --horizon 6 --epochs 1 "
#define ITR "data.csv --model itransformer --d-model 16 --heads 4 --lookback 24 --horizon 6 --epochs 1 "

static const char *const trained[] = {
    ITR,
    ITR "--cycle 7 --activation relu --layers 1 ",
    ITR "--tokenizer orthogonal --base linear ",
    T2V,
    T2V "--encoding value ",
    T2V "--encoding feature --sines 3 ",
    T2V "--preset paper --heads 2 --head-width 4 --d-ff 8 --blocks 1 ",
    FARM "--model hsttn --base none --lookback 12 --horizon 12 --epochs 1 ",
    FARM
    "--model hsttn --preset paper --d-model 8 --heads 2 --head-width 4 --d-ff 8 --lookback 12 --horizon 12 "
    "--epochs 1 ",
    FARM "--model hsttn --shortcut each --lookback 12 --horizon 12 --epochs 1 ",
    SKY "--model t2 ",
    /* parts of networks */
    ITR "--mixer mean --ffn reglu --norm rms --residual layerscale:first=0.5 ",
    ITR "--mixer linear --ffn geglu --layout pre --norm group --residual rezero ",
    ITR "--mixer flow --ffn swiglu --layout macaron ",
    ITR "--mixer dot --ffn activator --layout parallel --norm batch ",
    ITR "--mixer sinkhorn --ffn none --layout ladder --norm layer:affine=0 ",
    ITR "--mixer lowrank:r=2 --ffn nested:slice=2 --layout fused ",
    ITR "--mixer lowrank:proj=shared:r=2 --layout looped ",
    ITR "--mixer normlin --layout cct --norm none ",
    ITR "--mixer gated --tokenizer patch:len=4:stride=2 --linear lr:r=4 ",
    ITR "--tokenizer conv ",
    ITR "--tokenizer tnt --layers 1 ",
    T2V "--mixer pool --pool last --pos sine ",
    T2V "--mixer spectral --pool seq --pos learned ",
    T2V "--mixer spectral:modes=4 --pool cls --pos time2vec --lookback 25 ",
    T2V "--mixer pyramid --pool flatten ",
    T2V "--mixer p2at ",
    T2V "--mixer hilo ",
    T2V "--pos rotary ",
    T2V "--mixer lowrank:proj=dctformer:r=4 ",
    T2V "--mixer lowrank:proj=dct:r=4 --tokenizer patch:len=4:stride=2 ",
    T2V "--mixer axial --layout two-view:gated=1 ",
    T2V "--layout scale-patch --tokenizer conv ",
    T2V "--layout dual ",
    T2V "--tokenizer t2t ",
};
enum { TRAINED = sizeof trained / sizeof *trained, MODELS = TRAINED + 1, BATCH = 3 };

static void write_floats(const char *name, const nn_tensor *x)
{
    size_t count = BATCH;
    for (int i = 1; i < x->rank; i++)
        count *= (size_t)x->shape[i];
    program_write(name, x->data, count * sizeof *x->data);
}

/* Inputs that are neither large nor alike, the answer, and their shapes, for the script. */
static void write_pass(const fc_model *model, int number)
{
    nn_plan *plan = nn_plan_new(model->params, BATCH, false);
    nn_ports ports = {0};
    nn_error error = {0};
    char name[80], list[2000] = "";
    model->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    for (int i = 0; model->task->inputs[i]; i++) {
        nn_tensor *x = ports.inputs[i];
        if (!x)
            continue;
        size_t count = BATCH;
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s", model->task->inputs[i]);
        for (int k = 0; k < x->rank; k++) {
            count *= k ? (size_t)x->shape[k] : 1;
            snprintf(list + strlen(list), sizeof list - strlen(list), " %d", x->shape[k]);
        }
        snprintf(list + strlen(list), sizeof list - strlen(list), "\n");
        for (size_t e = 0; e < count; e++) /* the place in a cycle is a whole number */
            x->data[e] = strcmp(model->task->inputs[i], "phase") == 0
                             ? (nn_real)(5 * e)
                             : (nn_real)sin(0.7 * (double)(e * e) + i);
        snprintf(name, sizeof name, "%d.%s", number, model->task->inputs[i]);
        write_floats(name, x);
    }
    nn_run run = {.batch = BATCH, .params = model->params->data};
    nn_plan_forward(plan, &run);
    snprintf(name, sizeof name, "%d.out", number);
    write_floats(name, ports.output);
    snprintf(name, sizeof name, "%d.list", number);
    program_write(name, list, strlen(list));
    nn_plan_free(plan);
}

static void make(int number)
{
    char words[700], path[600];
    fc_model *model;
    nn_error error = {0};
    if (number < TRAINED)
        snprintf(words, sizeof words, "train %s -q --force -o %d.st", trained[number], number);
    else
        snprintf(words, sizeof words, "compress 0.st --factor ds:r=16:s=2 -o %d.st", number);
    program_discard(program_expect(words, 0));
    snprintf(words, sizeof words, "export %d.st --onnx -o %d.onnx", number, number);
    program_discard(program_expect(words, 0));
    snprintf(path, sizeof path, "%s/%d.st", program_folder(), number);
    if (fc_model_load(&model, 0, path, &error))
        fail_msg("%s", error.text);
    write_pass(model, number);
    fc_model_free(model);
}

static const char script[] =
    "import sys\n"
    "try:\n"
    "    import numpy, onnxruntime\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "worst = 0\n"
    "for n in range(int(sys.argv[1])):\n"
    "    session = onnxruntime.InferenceSession(f'{n}.onnx', providers=['CPUExecutionProvider'])\n"
    "    feed = {}\n"
    "    for line in open(f'{n}.list'):\n"
    "        name, *shape = line.split()\n"
    "        feed[name] = numpy.fromfile(f'{n}.{name}', 'float32').reshape([int(s) for s in shape])\n"
    "    assert sorted(feed) == sorted(i.name for i in session.get_inputs()), n\n"
    "    ours = numpy.fromfile(f'{n}.out', 'float32')\n"
    "    for batch in (3, 1):\n"
    "        theirs = session.run(None, {k: v[:batch] for k, v in feed.items()})[0]\n"
    "        part = ours.reshape(3, -1)[:batch]\n"
    "        assert numpy.isfinite(part).all() and part.std() > 0, n\n"
    "        off = abs(theirs.reshape(batch, -1) - part).max() / max(1, abs(part).max())\n"
    "        assert off < 1e-5, (n, batch, off)\n"
    "        worst = max(worst, off)\n"
    "    notes = session.get_modelmeta().custom_metadata_map\n"
    "    assert notes['auspex.model'] and 'auspex.settings' in notes\n"
    "print('worst', worst)\n";

static void test_onnxruntime_agrees(void **state)
{
    (void)state;
    char words[40];
    for (int i = 0; i < MODELS; i++)
        make(i);
    program_write("run.py", script, sizeof script - 1);
    snprintf(words, sizeof words, "run.py %d", MODELS);
    const char *python = getenv("AUSPEX_PYTHON");
    program_result r = program_run_other(python ? python : "python3", words, NULL);
    if (r.status == 77 || r.status == 127)
        print_message("no onnxruntime: the models were written and not run\n");
    else if (r.status)
        fail_msg("%s%s", r.out, r.err);
    else
        print_message("%s", r.out);
    program_result_free(&r);
}

/* One object of so many points. */
static void write_points(const fc_model *model, int points)
{
    nn_plan *plan = nn_plan_new(model->params, 1, false);
    nn_ports ports = {0};
    nn_error error = {0};
    char name[40];
    model->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    nn_tensor *x = ports.inputs[0];
    const size_t count = (size_t)points * (size_t)x->shape[1];
    x->ragged->offsets[0] = 0;
    x->ragged->offsets[1] = points;
    for (size_t e = 0; e < count; e++)
        x->data[e] = (nn_real)sin(0.7 * (double)(e * e));
    nn_run run = {.batch = 1, .params = model->params->data};
    nn_plan_forward(plan, &run);
    snprintf(name, sizeof name, "points.%d.in", points);
    program_write(name, x->data, count * sizeof *x->data);
    snprintf(name, sizeof name, "points.%d.out", points);
    program_write(name, ports.output->data, (size_t)ports.output->shape[1] * sizeof(nn_real));
    nn_plan_free(plan);
}

static const char points_script[] =
    "import sys\n"
    "try:\n"
    "    import numpy, onnxruntime\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "session = onnxruntime.InferenceSession('p.onnx', providers=['CPUExecutionProvider'])\n"
    "for points in (9, 4):\n"
    "    x = numpy.fromfile(f'points.{points}.in', 'float32').reshape(points, -1)\n"
    "    ours = numpy.fromfile(f'points.{points}.out', 'float32')\n"
    "    theirs = session.run(None, {session.get_inputs()[0].name: x})[0]\n"
    "    assert theirs.shape == (1, len(ours)), theirs.shape\n"
    "    assert ours.std() > 0 and abs(theirs[0] - ours).max() < 1e-5 * max(1, abs(ours).max()), (theirs, "
    "ours)\n";

/* An object of any number of points, one at a time. */
static void test_points(void **state)
{
    (void)state;
    static const char *const parts[] = {"", "--norm rms --ffn swiglu --pool seq --encoding time2vec "};
    char words[300], path[600];
    const char *python = getenv("AUSPEX_PYTHON");
    for (int i = 0; i < 2; i++) {
        fc_model *model;
        nn_error error = {0};
        snprintf(words, sizeof words, "train " SKY "--model t2-points %s -q --force -o p.st", parts[i]);
        program_discard(program_expect(words, 0));
        program_discard(program_expect("export p.st --onnx -o p.onnx", 0));
        snprintf(path, sizeof path, "%s/p.st", program_folder());
        if (fc_model_load(&model, 0, path, &error))
            fail_msg("%s", error.text);
        write_points(model, 9);
        write_points(model, 4);
        fc_model_free(model);
        program_write("points.py", points_script, sizeof points_script - 1);
        program_result r = program_run_other(python ? python : "python3", "points.py", NULL);
        if (r.status && r.status != 77 && r.status != 127)
            fail_msg("%s%s", r.out, r.err);
        program_result_free(&r);
    }
}

static void test_what_has_no_form(void **state)
{
    (void)state;
    program_discard(
        program_expect("train " SKY "--model t2-points --pool cls --mixer pool -q --force -o p.st", 0));
    program_refused("export p.st --onnx -o p.onnx", 2,
                    "has no form in ONNX for sequences of different lengths");
    program_discard(program_expect("train " ITR "--mixer topk -q -o s.st", 0));
    program_refused("export s.st --onnx -o s.onnx", 2, "'top-k attention' has no form in ONNX");
    program_result r = program_run_into("export 0.st --onnx", "/dev/full", NULL);
    assert_int_equal(r.status, 2); /* no -o */
    program_result_free(&r);
    r = program_run_into("export 0.st --onnx -o -", "/dev/full", NULL);
    assert_int_equal(r.status, 1);
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_onnxruntime_agrees),
                                       cmocka_unit_test(test_points),
                                       cmocka_unit_test(test_what_has_no_form)};
    if (argc < 2 || program_set_up(argv[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, small_files_write, NULL);
    program_tear_down();
    return failed;
}
