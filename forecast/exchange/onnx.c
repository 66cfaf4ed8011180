/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the messages of onnx.proto; the numbers are those of its fields. */
#include "forecast/exchange/onnx.h"

#include <limits.h>
#include <stdio.h>

enum { IR_VERSION = 8, OPERATORS = 17, FLOAT = 1, INT64 = 7 };

static const char *value_name(int value, char text[24])
{
    snprintf(text, 24, "v%d", value);
    return text;
}

static const char *port_name(int value, const fc_onnx_port *inputs, int count, char text[24])
{
    return value < count ? inputs[value].name : value_name(value, text);
}

/* AttributeProto */
static void put_attribute(fc_protobuf *node, const nn_graph_attribute *a)
{
    static const int types[] = {[NN_GRAPH_WHOLE] = 2, [NN_GRAPH_WHOLES] = 7, [NN_GRAPH_REAL] = 1};
    fc_protobuf to = {0};
    fc_protobuf_text(&to, 1, a->name);
    if (a->type == NN_GRAPH_REAL)
        fc_protobuf_float(&to, 2, (float)a->real);
    if (a->type == NN_GRAPH_WHOLE)
        fc_protobuf_whole(&to, 3, a->whole[0]);
    for (int i = 0; a->type == NN_GRAPH_WHOLES && i < a->count; i++)
        fc_protobuf_whole(&to, 8, a->whole[i]);
    fc_protobuf_whole(&to, 20, types[a->type]);
    fc_protobuf_message(node, 5, &to);
}

/* NodeProto */
static void put_node(fc_protobuf *graph, const nn_graph_node *node, const fc_onnx_port *inputs, int count)
{
    char text[24];
    fc_protobuf to = {0};
    for (int i = 0; i < node->count; i++)
        fc_protobuf_text(&to, 1, port_name(node->inputs[i], inputs, count, text));
    fc_protobuf_text(&to, 2, value_name(node->output, text));
    fc_protobuf_text(&to, 4, node->op);
    for (int i = 0; i < 2 && node->attributes[i].name; i++)
        put_attribute(&to, &node->attributes[i]);
    fc_protobuf_message(graph, 1, &to);
}

/* TensorProto */
static void put_constant(fc_protobuf *graph, const nn_graph_constant *c)
{
    char text[24];
    fc_protobuf to = {0};
    for (int i = 0; i < c->rank; i++)
        fc_protobuf_whole(&to, 1, c->shape[i]);
    fc_protobuf_whole(&to, 2, c->real ? FLOAT : INT64);
    fc_protobuf_text(&to, 8, value_name(c->value, text));
    if (c->real)
        fc_protobuf_bytes(&to, 9, c->real, c->count * sizeof *c->real);
    else
        fc_protobuf_bytes(&to, 9, c->whole, c->count * sizeof *c->whole);
    fc_protobuf_message(graph, 5, &to);
}

/* ValueInfoProto */
static void put_port(fc_protobuf *graph, int field, const fc_onnx_port *port)
{
    fc_protobuf shape = {0}, tensor = {0}, type = {0}, to = {0};
    for (int i = 0; i < port->tensor->rank; i++) {
        fc_protobuf dimension = {0};
        if (i)
            fc_protobuf_whole(&dimension, 1, port->tensor->shape[i]);
        else
            fc_protobuf_text(&dimension, 2, port->tensor->ragged ? "tokens" : "batch");
        fc_protobuf_message(&shape, 1, &dimension);
    }
    fc_protobuf_whole(&tensor, 1, FLOAT);
    fc_protobuf_message(&tensor, 2, &shape);
    fc_protobuf_message(&type, 1, &tensor);
    fc_protobuf_text(&to, 1, port->name);
    fc_protobuf_message(&to, 2, &type);
    fc_protobuf_message(graph, field, &to);
}

/* GraphProto */
static fc_protobuf graph_of(const nn_graph *graph, const char *name, const fc_onnx_port *inputs, int count,
                            fc_onnx_port output)
{
    fc_protobuf to = {0}, last = {0};
    char text[24];
    for (int i = 0; i < graph->node_count; i++)
        put_node(&to, &graph->nodes[i], inputs, count);
    fc_protobuf_text(&last, 1, port_name(output.value, inputs, count, text));
    fc_protobuf_text(&last, 2, output.name);
    fc_protobuf_text(&last, 4, "Identity");
    fc_protobuf_message(&to, 1, &last);
    fc_protobuf_text(&to, 2, name);
    for (int i = 0; i < graph->constant_count; i++)
        put_constant(&to, &graph->constants[i]);
    for (int i = 0; i < count; i++)
        put_port(&to, 11, &inputs[i]);
    put_port(&to, 12, &output);
    return to;
}

int fc_onnx_write(fc_protobuf *model, const nn_graph *graph, const char *name, const fc_onnx_port *inputs,
                  int count, fc_onnx_port output, const fc_onnx_note *notes, nn_error *error)
{
    fc_protobuf inner = graph_of(graph, name, inputs, count, output), operators = {0};
    *model = (fc_protobuf){0};
    fc_protobuf_whole(model, 1, IR_VERSION);
    fc_protobuf_text(model, 2, "auspex");
    fc_protobuf_text(model, 3, AUSPEX_VERSION);
    fc_protobuf_message(model, 7, &inner);
    fc_protobuf_text(&operators, 1, "");
    fc_protobuf_whole(&operators, 2, OPERATORS);
    fc_protobuf_message(model, 8, &operators);
    for (; notes && notes->key; notes++) {
        fc_protobuf note = {0};
        fc_protobuf_text(&note, 1, notes->key);
        fc_protobuf_text(&note, 2, notes->value);
        fc_protobuf_message(model, 14, &note);
    }
    if (model->failed)
        return nn_no_memory(error);
    return model->size > INT_MAX
               ? nn_fail(error, NN_FAILED, "the network has more than the 2 GiB that an ONNX file can hold")
               : NN_OK;
}
