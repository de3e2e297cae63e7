// What the products of int8 share.
#pragma once
#include "vec.h"

struct row { // tensor.Int8Row
	float scale;
	int zero, sum;
};

// The sums of the lanes of each of four.
INLINE i4 sums(i4 a, i4 b, i4 c, i4 d) {
	f4 w = (f4)a, x = (f4)b, y = (f4)c, z = (f4)d;
	TRANSPOSE(w, x, y, z);
	return (i4)w + (i4)x + (i4)y + (i4)z;
}
