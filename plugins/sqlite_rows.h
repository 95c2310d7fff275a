// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of a statement as a value.
#pragma once

#include "sqlite_connection.h"

typedef enum { kShapeFitting, kShapeScalar, kShapeRow, kShapeRows, kShapeColumns } Shape;

// Runs the prepared and bound statement and puts what it gives. Fitting: a scalar when it is one row of one column,
// else rows. Scalar and row are null when there is no row, and an error when there are more. A statement without
// columns gives the number of rows that it changed. Returns what `run` returns.
int32_t rows_put(Connection* connection, Shape shape);
