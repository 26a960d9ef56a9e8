/* Long multiplication, nine digits at a time. */
#include "wasm/decimal.h"

#include <stdbool.h>

enum { LIMBS = DIGITS / 9 + 1, LIMB = 1000000000 };

void decimal_exact(struct decimal *d, uint64_t m, int e)
{
    uint32_t limb[LIMBS], factor;
    int n = 0, left = e < 0 ? -e : e, most = e < 0 ? 12 : 29, step;

    d->n = d->point = 0;
    for (; m; m /= LIMB)
        limb[n++] = (uint32_t)(m % LIMB);
    for (; left; left -= step) {
        uint64_t carry = 0;

        step = left < most ? left : most;
        factor = 1;
        for (int i = 0; i < step; i++)
            factor *= e < 0 ? 5 : 2;
        for (int i = 0; i < n; i++) {
            carry += (uint64_t)limb[i] * factor;
            limb[i] = (uint32_t)(carry % LIMB);
            carry /= LIMB;
        }
        for (; carry; carry /= LIMB)
            limb[n++] = (uint32_t)(carry % LIMB);
    }
    for (int i = n; i-- > 0;)
        for (uint32_t unit = LIMB / 10; unit; unit /= 10) {
            char c = (char)('0' + limb[i] / unit % 10);

            if (d->n || c != '0')
                d->digit[d->n++] = c;
        }
    d->point = d->n + (e < 0 ? e : 0);
}

void decimal_shorten(struct decimal *d, int keep)
{
    bool up, more = false;

    if (keep >= d->n)
        return;
    for (int i = keep + 1; i < d->n && keep >= 0; i++)
        more |= d->digit[i] != '0';
    up = keep >= 0 && (d->digit[keep] > '5' ||
                       (d->digit[keep] == '5' && (more || (keep && d->digit[keep - 1] % 2))));
    d->n = keep > 0 ? keep : 0;
    if (!up)
        return;
    while (d->n && d->digit[d->n - 1] == '9')
        d->n--;
    if (d->n) {
        d->digit[d->n - 1]++;
        return;
    }
    d->digit[d->n++] = '1';
    d->point++;
}
