/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of published weights, put into networks of two kinds: all of the weights are then
 * there, or one line says why not. */
#include "forecast/weights.h"
#include "tests/fuzz/fuzz_small.h"

static const struct {
    const char *kind, *settings[6][2];
} networks[] = {
    {"itransformer", {{"d-model", "2"}, {"d-ff", "2"}, {"layers", "1"}, {"heads", "1"}, {NULL}}},
    {"time2vec",
     {{"heads", "1"}, {"blocks", "1"}, {"head-width", "2"}, {"d-ff", "2"}, {"hidden", "2"}, {NULL}}},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fc_model *models[NETWORKS];
    char path[64];
    const int fd = fuzz_open(data, size, path);
    for (int i = 0; i < NETWORKS; i++) {
        nn_error error = {0};
        if (!models[i])
            models[i] = fuzz_small_model(networks[i].kind, networks[i].settings);
        const int code = fc_model_import_weights(models[i], path, &error);
        fuzz_check(code, &error);
        fuzz_require(code == NN_OK || code == NN_BAD_DATA || code == NN_FAILED, "not the user's mistake",
                     error.text);
    }
    close(fd);
    return 0;
}
