/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spelled network as an ONNX model (github.com/onnx/onnx, onnx.proto of IR version 8, operator set 17). */
#ifndef FC_ONNX_H
#define FC_ONNX_H

#include "forecast/exchange/protobuf.h"
#include "lib/graph.h"

/* An input or output of the network; of its dimensions the first is of any size: the batch, or of ragged
 * sequences the tokens of the one that there is. */
typedef struct fc_onnx_port {
    const char *name;
    const nn_tensor *tensor;
    int value;
} fc_onnx_port;

typedef struct fc_onnx_note {
    const char *key, *value; /* key NULL ends a list */
} fc_onnx_note;

/* The model's bytes, of single precision. NN_FAILED: no memory, or more than the 2 GiB that such a file can
 * have. */
int fc_onnx_write(fc_protobuf *model, const nn_graph *graph, const char *name, const fc_onnx_port *inputs,
                  int count, fc_onnx_port output, const fc_onnx_note *notes, nn_error *error);

#endif
