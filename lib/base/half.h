/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of 16 bits as files have them, made floats; both exactly. */
#ifndef NN_HALF_H
#define NN_HALF_H

#include <stdint.h>
#include <string.h>

static inline float nn_float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Half precision: 1 sign, 5 exponent (bias 15), 10 fraction bits. Zero and subnormals are fraction * 2^-24,
 * exact in float; exponent 31 is infinity, or NaN with its payload kept. */
static inline float nn_float_of_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 0) {
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    uint32_t wide = exponent == 31 ? 255 : exponent + (127 - 15);
    return nn_float_of_bits(sign | wide << 23 | fraction << 13);
}

/* bfloat16: the upper half of a float. */
static inline float nn_float_of_bfloat(uint16_t upper)
{
    return nn_float_of_bits((uint32_t)upper << 16);
}

#endif
