/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders of published networks, for people and for programs. */
#ifndef CLI_PRETRAINED_OUTPUT_H
#define CLI_PRETRAINED_OUTPUT_H

#include "lib/base/error.h"

#include <stdbool.h>

/* What config.json and the weights say; reads and checks both. */
int cli_inspect_pretrained(const char *folder, bool as_json, bool parameters, nn_error *error);

#endif
