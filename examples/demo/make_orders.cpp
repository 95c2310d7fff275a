// SPDX-License-Identifier: BSD-3-Clause
//
// The demo's shop: makes a SQLite database of orders, then goes on selling for a while.
//
//     make_orders shop.db COUNT             writes the database anew, with COUNT orders
//     make_orders shop.db --sell SECONDS    adds an order every 100 to 400 ms
#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

struct Product {
    const char* name;
    int cents;
};
constexpr std::array<Product, 6> kProducts = {
    {{"soup", 450}, {"bread", 280}, {"roast", 1690}, {"dumplings", 1120}, {"pudding", 520}, {"tea", 310}}};

void check(sqlite3* db, int code, std::string_view doing)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    throw std::runtime_error(fmt::format("{}: {}", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
}

class Shop {
public:
    explicit Shop(const char* path)
    {
        sqlite3* db = nullptr;
        const int code = sqlite3_open(path, &db);
        db_.reset(db);
        check(db, code, path);
        sqlite3_busy_timeout(db, 1000);
    }

    void run(const char* sql) { check(db_.get(), sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr), sql); }

    void sell(std::mt19937& chance, int64_t unix_seconds)
    {
        if (!insert_) {
            sqlite3_stmt* made = nullptr;
            constexpr const char* kSql = "insert into orders(product, quantity, cents, sold) values (?, ?, ?, ?)";
            check(db_.get(), sqlite3_prepare_v2(db_.get(), kSql, -1, &made, nullptr), kSql);
            insert_.reset(made);
        }
        const Product& product = kProducts[chance() % kProducts.size()];
        const int quantity = 1 + static_cast<int>(chance() % 4);
        sqlite3_bind_text(insert_.get(), 1, product.name, -1, SQLITE_STATIC);
        sqlite3_bind_int(insert_.get(), 2, quantity);
        sqlite3_bind_int(insert_.get(), 3, quantity * product.cents);
        sqlite3_bind_int64(insert_.get(), 4, unix_seconds);
        check(db_.get(), sqlite3_step(insert_.get()), "adding an order");
        sqlite3_reset(insert_.get());
    }

private:
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> db_{nullptr, &sqlite3_close};
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> insert_{nullptr, &sqlite3_finalize};
};

int64_t now_seconds()
{
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void fill(Shop& shop, int count)
{
    std::mt19937 chance(1912);  // the same orders each time
    shop.run("drop table if exists orders");
    shop.run(
        "create table orders(id integer primary key, product text, quantity integer, cents integer, sold integer)");
    shop.run("begin");
    for (int i = 0; i < count; ++i) shop.sell(chance, now_seconds() - int64_t{60} * (count - i));
    shop.run("commit");
}

void go_on_selling(Shop& shop, int seconds)
{
    std::mt19937 chance(std::random_device{}());
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (std::chrono::steady_clock::now() < end) {
        shop.sell(chance, now_seconds());
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + chance() % 300));
    }
}

int number(std::string_view text)
{
    int value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size() || value < 0) {
        throw std::runtime_error(fmt::format("\"{}\" is no number", text));
    }
    return value;
}

}  // namespace

int main(int argc, char** argv)
{
    const bool sells = argc == 4 && std::string_view(argv[2]) == "--sell";
    if (argc != 3 && !sells) {
        fmt::print(stderr, "usage: make_orders FILE COUNT | make_orders FILE --sell SECONDS\n");
        return 2;
    }
    try {
        Shop shop(argv[1]);
        if (sells) go_on_selling(shop, number(argv[3]));
        if (!sells) fill(shop, number(argv[2]));
    } catch (const std::exception& error) {
        fmt::print(stderr, "make_orders: {}\n", error.what());
        return 1;
    }
    return 0;
}
