/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights as other programs keep them, read as one safetensors file of single precision, and written for
 * them. */
#ifndef FC_PUBLISHED_H
#define FC_PUBLISHED_H

#include "lib/files/safetensors.h"

#include <stdio.h>

/* A file of named tensors, told by its content: safetensors; a state_dict of torch.save (PyTorch 1.6 and
 * newer), also as the part "state_dict", "model_state_dict" or "model" of a checkpoint, of which no code is
 * run; or text of Keras weights: lines "# name [d0, d1]", each followed by its numbers. NN_BAD_DATA with the
 * reason otherwise, which begins with the path. nn_st_close frees it. */
int fc_published_open(nn_st_file **file, const char *path, nn_error *error);

/* The tensors in the form of torch.save(state_dict): OrderedDict of contiguous FloatStorage tensors, which
 * torch.load takes with weights_only. What it writes is the same for the same tensors. */
int fc_torch_write(const nn_st_file *tensors, FILE *stream, nn_error *error);

/* The readers: bytes -> tensors in the writer, whose memory *values is (malloc'ed, to be freed after the
 * writer). Messages begin without a path. */
int fc_torch_read(nn_st_writer *writer, float **values, const unsigned char *bytes, size_t size,
                  nn_error *error);
int fc_keras_read(nn_st_writer *writer, float **values, const unsigned char *bytes, size_t size,
                  nn_error *error);

#endif
