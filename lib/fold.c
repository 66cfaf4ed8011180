/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folding of batch norms into linear maps. */
#include "lib/fold.h"

#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void nn_fold_norm(nn_real *gain, nn_real *shift, const nn_real *weight, const nn_real *bias,
                  const nn_real *mean, const nn_real *variance, double epsilon, int n)
{
    for (int c = 0; c < n; c++) {
        const double g = (double)weight[c] / sqrt((double)variance[c] + epsilon);
        gain[c] = (nn_real)g;
        shift[c] = (nn_real)((double)bias[c] - g * (double)mean[c]);
    }
}

void nn_fold_input(nn_real *w, nn_real *bias, const nn_real *gain, const nn_real *shift, int out, int in,
                   bool by_columns)
{
    for (int o = 0; o < out; o++) {
        double sum = (double)bias[o];
        for (int i = 0; i < in; i++) {
            nn_real *one = by_columns ? w + (size_t)i * (size_t)out + o : w + (size_t)o * (size_t)in + i;
            sum += (double)*one * (double)shift[i];
            *one *= gain[i];
        }
        bias[o] = (nn_real)sum;
    }
}

void nn_fold_output(nn_real *w, nn_real *bias, const nn_real *gain, const nn_real *shift, int out, int in)
{
    for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++)
            w[(size_t)o * (size_t)in + (size_t)i] *= gain[o];
        bias[o] = bias[o] * gain[o] + shift[o];
    }
}

void nn_fold_average(nn_real *w, const nn_real *trend, const nn_real *rest, int out, int in, int width)
{
    for (int o = 0; o < out; o++, w += in, trend += in, rest += in)
        for (int t = 0; t < in; t++) {
            const nn_real more = (trend[t] - rest[t]) / (nn_real)width;
            w[t] += rest[t];
            for (int k = -(width / 2); k <= width / 2; k++) {
                const int place = t + k;
                w[place < 0 ? 0 : place < in ? place : in - 1] += more;
            }
        }
}

/* --- of a plan --- */

static const nn_param *param_at(const nn_plan *plan, size_t offset)
{
    for (int i = 0; i < plan->params->count; i++)
        if (plan->params->table[i].offset == offset)
            return &plan->params->table[i];
    return NULL;
}

static bool is_norm(const nn_op *op)
{
    return op->kind->running;
}

static bool reads(const nn_op *op, const nn_tensor *x)
{
    for (int k = 0; k < NN_MAX_OP_INPUTS; k++)
        if (op->in[k] && op->in[k]->node->root == x->node->root)
            return true;
    return false;
}

/* Whether an operation is linear maps of its first input alone, with biases. */
static bool can_take(const nn_op *op)
{
    return op->kind->maps && op->has_bias;
}

/* Whether everything that takes up what the norm of that weight makes are linear maps, and these take up
 * nothing else. */
static int check_norm(const nn_plan *plan, const nn_op *norm, nn_error *error)
{
    const nn_param *p = param_at(plan, norm->weight);
    const int length = p ? (int)strlen(p->name) - (int)strlen(".weight") : 0;
    for (int i = 0; i < plan->op_count; i++) {
        const nn_op *one = plan->ops[i];
        if (one->kind != norm->kind || one->weight != norm->weight)
            continue;
        bool used = false;
        for (int k = 0; k < plan->op_count; k++) {
            if (!reads(plan->ops[k], one->out[0]))
                continue;
            used = true;
            if (!can_take(plan->ops[k]))
                return nn_fail(error, NN_USAGE,
                               "%.*s cannot be folded: what it norms goes into '%s', not into linear maps "
                               "with biases alone, as it does with --layout pre",
                               length, p ? p->name : "", plan->ops[k]->kind->name);
        }
        if (!used || one->out[0]->node->output)
            return nn_fail(error, NN_USAGE, "%.*s cannot be folded: no linear map takes up what it norms",
                           length, p ? p->name : "");
    }
    return NN_OK;
}

/* The maps of an operation, one after another. */
static void absorb(const nn_op *op, nn_real *params, const nn_real *gain, const nn_real *shift)
{
    const int in = nn_width(op->in[0]), maps = op->as.linear.maps, out = nn_width(op->out[0]) / maps;
    for (int m = 0; m < maps; m++)
        nn_fold_input(params + op->weight + (size_t)m * (size_t)in * (size_t)out,
                      params + op->bias + (size_t)m * (size_t)out, gain, shift, out, in,
                      op->kind->by_columns);
}

/* Whether an operation of the same weights stands before the k-th, as in layers that are gone through again.
 */
static bool is_again(const nn_plan *plan, int k)
{
    for (int i = 0; i < k; i++)
        if (plan->ops[i]->kind == plan->ops[k]->kind && plan->ops[i]->weight == plan->ops[k]->weight)
            return true;
    return false;
}

static void fold_norm(const nn_plan *plan, const nn_op *norm, nn_real *gain, nn_real *shift)
{
    nn_real *params = plan->params->data;
    const int d = nn_width(norm->in[0]);
    const double epsilon = norm->as.norm.epsilon;
    nn_real *weight = params + norm->weight, *bias = params + norm->bias, *mean = bias + d,
            *variance = mean + d;
    nn_fold_norm(gain, shift, weight, bias, mean, variance, epsilon, d);
    for (int k = 0; k < plan->op_count; k++)
        if (reads(plan->ops[k], norm->out[0]) && !is_again(plan, k))
            absorb(plan->ops[k], params, gain, shift);
    for (int c = 0; c < d; c++) {
        weight[c] = 1;
        bias[c] = mean[c] = 0;
        variance[c] = (nn_real)(1 - epsilon);
    }
}

int nn_plan_fold(const nn_plan *plan, int *folded, nn_error *error)
{
    *folded = 0;
    for (int i = 0; i < plan->op_count; i++)
        if (is_norm(plan->ops[i]) && check_norm(plan, plan->ops[i], error))
            return NN_USAGE;
    size_t width = 1;
    for (int i = 0; i < plan->op_count; i++)
        if (is_norm(plan->ops[i]) && (size_t)nn_width(plan->ops[i]->in[0]) > width)
            width = (size_t)nn_width(plan->ops[i]->in[0]);
    nn_real *place = malloc(2 * width * sizeof *place);
    if (!place)
        return nn_no_memory(error);
    for (int i = 0; i < plan->op_count; i++)
        if (is_norm(plan->ops[i]) && !is_again(plan, i)) {
            fold_norm(plan, plan->ops[i], place, place + width);
            ++*folded;
        }
    free(place);
    return NN_OK;
}
