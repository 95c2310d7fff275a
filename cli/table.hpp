// SPDX-License-Identifier: BSD-3-Clause
//
// Rows with aligned columns, for people.
#pragma once

#include <string>
#include <vector>

#include "terminal.hpp"

namespace dumbwaiter {

struct Cell {
    std::string text;
    Color color = Color::kPlain;
};

class Table {
public:
    enum class Align { kLeft, kRight };

    Table& column(std::string title, Align align = Align::kLeft);
    void row(std::vector<Cell> cells);  // one cell a column

    // The heading and the rows, each line with its newline; widths in characters, the last column is not padded.
    std::string text(bool with_color) const;

private:
    struct Column {
        std::string title;
        Align align;
        size_t width;
    };
    std::string line(const std::vector<Cell>& cells, bool with_color) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace dumbwaiter
