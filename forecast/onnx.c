/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model's network written as an ONNX file. */
#include "forecast/exchange/onnx.h"

#include "forecast/model_internal.h"
#include "forecast/weights.h"
#include "lib/files/json_text.h"
#include "lib/files/output.h"

#include <stdlib.h>
#include <string.h>

/* The places of inputs that the network has and that forecasts use. */
static int find_inputs(const fc_model *model, const nn_ports *ports, fc_onnx_port *inputs,
                       nn_tensor **tensors)
{
    int count = 0;
    for (int i = 0; model->task->inputs[i]; i++)
        if (ports->inputs[i]) {
            tensors[count] = ports->inputs[i];
            inputs[count] = (fc_onnx_port){model->task->inputs[i], ports->inputs[i], count};
            count++;
        }
    return count;
}

/* What a reader needs beside the network: kind, settings, scalers, each as JSON. */
enum { MOST_NOTES = 32 };
static int take_notes(fc_onnx_note *notes, const fc_model *model, nn_error *error)
{
    int count = 0;
    const char *key;
    json_t *entry, *entries = fc_model_entries(model);
    notes[count++] = (fc_onnx_note){"auspex.model", strdup(model->kind->name)};
    bool whole = notes[0].value && nn_json_whole();
    json_object_foreach(entries, key, entry)
    {
        char *text =
            whole && count < MOST_NOTES - 1 ? nn_json_dump(entry, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
        char *name = text ? strdup(key) : NULL;
        whole = name != NULL;
        if (whole)
            notes[count++] = (fc_onnx_note){name, text};
        else
            free(text);
    }
    json_decref(entries);
    notes[count].key = NULL;
    return whole ? NN_OK : nn_no_memory(error);
}

static void drop_notes(fc_onnx_note *notes)
{
    free((char *)notes[0].value);
    for (int i = 1; notes[0].key && notes[i].key; i++) {
        free((char *)notes[i].key);
        free((char *)notes[i].value);
    }
}

static int spell(fc_protobuf *bytes, const fc_model *model, const nn_plan *plan, const nn_ports *ports,
                 nn_error *error)
{
    fc_onnx_port inputs[NN_MAX_INPUTS], output = {model->task->output, ports->output, -1};
    fc_onnx_note notes[MOST_NOTES] = {{NULL, NULL}};
    nn_tensor *tensors[NN_MAX_INPUTS];
    nn_graph graph = {0};
    const int count = find_inputs(model, ports, inputs, tensors);
    int code = nn_graph_spell(&graph, plan, tensors, count, ports->output, &output.value, error);
    if (!code)
        code = take_notes(notes, model, error);
    if (!code)
        code = fc_onnx_write(bytes, &graph, model->kind->name, inputs, count, output, notes, error);
    drop_notes(notes);
    nn_graph_clear(&graph);
    return code;
}

static int write_bytes(const fc_protobuf *bytes, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    fwrite(bytes->bytes, 1, bytes->size, nn_output_stream(output));
    return nn_output_commit(output, error);
}

int fc_model_export_onnx(const fc_model *model, const char *path, nn_error *error)
{
    nn_plan *plan = nn_plan_new(model->params, 2, false);
    nn_ports ports = {0};
    fc_protobuf bytes = {0};
    if (!plan)
        return nn_no_memory(error);
    nn_plan_set_watched(plan); /* other forms of the same products cannot be spelt */
    model->task->build(model, plan, &ports);
    int code = nn_plan_check(plan, error);
    if (!code)
        code = spell(&bytes, model, plan, &ports, error);
    nn_plan_free(plan);
    if (!code)
        code = write_bytes(&bytes, path, error);
    fc_protobuf_clear(&bytes);
    return code;
}
