/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a tree of classes, as a file's content and as an option's text: refused with one line, or a
 * tree over the names that have nothing below them, whose levels all hold all probability, and which reads
 * back as it is printed. */
#include "forecast/statistics/classes/taxonomy.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>

enum { MOST = 200 };

static void check_levels(const fc_taxonomy *tree)
{
    double p[MOST], all[FC_MOST_NODES];
    int node[FC_MOST_NODES], place[FC_MOST_NODES];
    for (int c = 0; c < tree->leaves; c++)
        p[c] = 1.0 / tree->leaves;
    fc_taxonomy_sums(tree, p, all);
    for (int level = 1; level <= tree->levels; level++) {
        const int count = fc_taxonomy_level(tree, level, node, place);
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += all[node[i]];
        fuzz_require(count >= 2 && fabs(sum - 1) < 1e-9, "a level", "");
        for (int n = 0; n < tree->nodes; n++)
            fuzz_require(place[n] < count && (n >= tree->leaves || place[n] >= 0), "a place", "");
    }
    fuzz_require(fc_taxonomy_level(tree, tree->levels, node, place) == tree->leaves, "classes", "");
}

static void check_again(const fc_taxonomy *tree, const char *const *classes)
{
    nn_error error = {0};
    fc_taxonomy again;
    fc_taxonomy_text text;
    char *printed = fc_taxonomy_print(tree, classes), *other;
    if (!printed)
        abort();
    fuzz_require(fc_taxonomy_read_compact(&text, printed, "printed", &error) == NN_OK, printed, error.text);
    fuzz_require(fc_taxonomy_make(&again, &text, classes, tree->leaves, &error) == NN_OK, printed,
                 error.text);
    other = fc_taxonomy_print(&again, classes);
    fuzz_require(other && strcmp(printed, other) == 0, printed, other ? other : "");
    free(other);
    free(printed);
    fc_taxonomy_text_clear(&text);
}

static void try(const char *content, bool compact)
{
    nn_error error = {0};
    fc_taxonomy tree;
    fc_taxonomy_text text;
    const char *classes[MOST];
    int count = 0, code = compact ? fc_taxonomy_read_compact(&text, content, "option", &error)
                                  : fc_taxonomy_read(&text, content, "file", &error);
    fuzz_check(code, &error);
    for (int i = 0; !code && i < text.count && count < MOST; i++)
        if (!fc_taxonomy_is_above(&text, text.entry[i].name))
            classes[count++] = text.entry[i].name;
    if (!code && count) {
        code = fc_taxonomy_make(&tree, &text, classes, count, &error);
        fuzz_check(code, &error);
        if (!code) {
            check_levels(&tree);
            check_again(&tree, classes);
        }
    }
    fc_taxonomy_text_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *content = malloc(size + 1);
    if (!content)
        abort();
    memcpy(content, data, size);
    content[size] = '\0';
    try(content, false);
    try(content, true);
    free(content);
    return 0;
}
