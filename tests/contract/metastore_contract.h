#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "metastore/metastore.h"

namespace tenantry::metastore {

/// A store under test.
struct MetastoreCase {
  std::string name;
  /// Makes an empty store; `keep` holds what must outlive the test's use of it.
  std::function<Metastore*(std::vector<std::shared_ptr<void>>& keep)> open;
  /// Whether transactions read while another writes.
  bool reads_beside_writes = true;
};

/// What every Metastore must do. Enrol one with INSTANTIATE_TEST_SUITE_P.
class MetastoreContract : public ::testing::TestWithParam<MetastoreCase> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(keep_);
    ASSERT_NE(store_, nullptr);
    ASSERT_TRUE(Do("CREATE TABLE things (id TEXT PRIMARY KEY, count BIGINT, size DOUBLE PRECISION, "
                   "note TEXT)")
                    .ok());
  }

  /// One statement in a transaction of its own.
  absl::Status Do(const std::string& sql, const std::vector<Value>& parameters = {}) {
    return store_->Write(
        [&](Transaction& transaction) { return transaction.Execute(sql, parameters).status(); });
  }

  /// The rows of a query.
  std::vector<Row> Ask(const std::string& sql, size_t columns,
                       const std::vector<Value>& parameters = {}) {
    std::vector<Row> found;
    const absl::Status status = store_->Read([&](Transaction& transaction) -> absl::Status {
      TENANTRY_ASSIGN_OR_RETURN(found, transaction.Query(sql, parameters, columns));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return found;
  }

  /// How many things there are.
  int64_t Count() { return Ask("SELECT COUNT(*) FROM things", 1).at(0).Integer(0); }

  std::vector<std::shared_ptr<void>> keep_;
  Metastore* store_ = nullptr;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MetastoreContract);

TEST_P(MetastoreContract, GivesBackEveryValueExactly) {
  const std::vector<int64_t> integers = {0, -1, 9007199254740993, INT64_MIN, INT64_MAX};
  const std::vector<double> numbers = {0.1 + 0.2, 1.0 / 3, 5.0, -1e300, 5e-324};
  const std::vector<std::string> texts = {"", "a'b;\n✓:p0", std::string("a\0b", 3),
                                          std::string(1 << 20, 'x'), "007"};
  for (size_t i = 0; i < texts.size(); ++i) {
    const absl::Status added = Do("INSERT INTO things VALUES (:p0, :p1, :p2, :p3)",
                                  {std::to_string(i), integers[i], numbers[i], texts[i]});
    ASSERT_TRUE(added.ok()) << added;
  }
  const auto rows = Ask("SELECT count, size, note FROM things ORDER BY id", 3);
  ASSERT_EQ(rows.size(), texts.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].Integer(0), integers[i]);
    EXPECT_EQ(rows[i].Number(1), numbers[i]) << "bit for bit";
    EXPECT_EQ(rows[i].Text(2), texts[i]);
    EXPECT_FALSE(rows[i].IsNull(2)) << "an empty text is no NULL";
  }
  const std::string nul("a\0b", 3);
  EXPECT_EQ(Ask("SELECT id FROM things WHERE note = :p0", 1, {nul}).size(), 1u);
  EXPECT_EQ(Ask("SELECT SUM(size) FROM things WHERE count = 0", 1).at(0).Number(0), 0.1 + 0.2);
}

TEST_P(MetastoreContract, KeepsNullApart) {
  ASSERT_TRUE(Do("INSERT INTO things VALUES ('a', :p0, :p0, :p0)", {std::monostate()}).ok());
  const Row row = Ask("SELECT count, size, note FROM things", 3).at(0);
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(row.IsNull(i));
  EXPECT_EQ(row.Integer(0), 0);
  EXPECT_EQ(row.Number(1), 0);
  EXPECT_EQ(row.Text(2), "");
}

TEST_P(MetastoreContract, TellsHowManyRowsChanged) {
  ASSERT_TRUE(Do("INSERT INTO things (id) VALUES ('a'), ('b'), ('c')").ok());
  const absl::Status status = store_->Write([](Transaction& transaction) -> absl::Status {
    TENANTRY_ASSIGN_OR_RETURN(
        const int64_t changed,
        transaction.Execute("UPDATE things SET count = 1 WHERE id <> :p0", {std::string("b")}));
    EXPECT_EQ(changed, 2);
    TENANTRY_ASSIGN_OR_RETURN(const int64_t none,
                              transaction.Execute("DELETE FROM things WHERE id = 'z'", {}));
    EXPECT_EQ(none, 0);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(MetastoreContract, RollsBackWhatFails) {
  const auto insert = [](Transaction& transaction) {
    return transaction.Execute("INSERT INTO things (id) VALUES ('a')", {}).status();
  };
  EXPECT_TRUE(absl::IsCancelled(store_->Write([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(insert(transaction));
    return absl::CancelledError("changed my mind");
  })));
  EXPECT_THROW(
      {
        const absl::Status thrown = store_->Write([&](Transaction& transaction) -> absl::Status {
          EXPECT_TRUE(insert(transaction).ok());
          throw std::runtime_error("planted");
        });
      },
      std::runtime_error);
  EXPECT_EQ(Count(), 0);
  EXPECT_TRUE(store_->Write(insert).ok());
  EXPECT_EQ(Count(), 1);
}

TEST_P(MetastoreContract, DoomsATransactionByItsFirstError) {
  ASSERT_TRUE(Do("INSERT INTO things (id) VALUES ('a')").ok());
  const absl::Status status = store_->Write([](Transaction& transaction) {
    EXPECT_TRUE(transaction.Execute("INSERT INTO things (id) VALUES ('b')", {}).ok());
    EXPECT_FALSE(transaction.Execute("INSERT INTO things (id) VALUES ('a')", {}).ok());
    EXPECT_TRUE(absl::IsAlreadyExists(
        transaction.Execute("INSERT INTO things (id) VALUES ('c')", {}).status()));
    EXPECT_FALSE(transaction.Query("SELECT 1", {}, 1).ok());
    return absl::OkStatus();  // not noticed
  });
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(Count(), 1);
}

TEST_P(MetastoreContract, TellsDuplicatesFromWrongSql) {
  ASSERT_TRUE(Do("INSERT INTO things (id) VALUES ('a')").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Do("INSERT INTO things (id) VALUES ('a')")));
  EXPECT_TRUE(absl::IsInternal(Do("NO SQL")));
  EXPECT_TRUE(absl::IsInternal(Do("INSERT INTO nowhere VALUES (1)")));
  EXPECT_TRUE(absl::IsInternal(Do("INSERT INTO things (id) VALUES (:p0)")));
  EXPECT_TRUE(absl::IsInternal(Do("INSERT INTO things (id) VALUES ('b')", {int64_t{1}})));
  EXPECT_TRUE(absl::IsInternal(store_->Read([](Transaction& transaction) {
    return transaction.Query("SELECT id, count FROM things", {}, 3).status();
  })));
}

TEST_P(MetastoreContract, ShowsNoValuesInErrors) {
  ASSERT_TRUE(Do("INSERT INTO things (id) VALUES (:p0)", {std::string("hash-of-a-secret")}).ok());
  const absl::Status again =
      Do("INSERT INTO things (id) VALUES (:p0)", {std::string("hash-of-a-secret")});
  EXPECT_EQ(base::Message(again).find("hash-of-a-secret"), std::string_view::npos) << again;
}

TEST_P(MetastoreContract, ReadsOnlyInARead) {
  const absl::Status status = store_->Read([](Transaction& transaction) {
    return transaction.Execute("INSERT INTO things (id) VALUES ('a')", {}).status();
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Count(), 0);
  EXPECT_TRUE(Do("INSERT INTO things (id) VALUES ('a')").ok()) << "and writes again afterwards";
}

TEST_P(MetastoreContract, ReadsOneStateWhileOthersWrite) {
  if (!GetParam().reads_beside_writes) return;
  const absl::Status status = store_->Read([&](Transaction& transaction) -> absl::Status {
    TENANTRY_RETURN_IF_ERROR(transaction.Query("SELECT COUNT(*) FROM things", {}, 1).status());
    std::thread([&] { EXPECT_TRUE(Do("INSERT INTO things (id) VALUES ('a')").ok()); }).join();
    TENANTRY_ASSIGN_OR_RETURN(const auto rows,
                              transaction.Query("SELECT COUNT(*) FROM things", {}, 1));
    EXPECT_EQ(rows.at(0).Integer(0), 0);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Count(), 1);
}

TEST_P(MetastoreContract, LosesNoUpdateAmongWriters) {
  ASSERT_TRUE(Do("INSERT INTO things (id, count) VALUES ('a', 0)").ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        const absl::Status status = store_->Write([](Transaction& transaction) -> absl::Status {
          TENANTRY_ASSIGN_OR_RETURN(const auto rows,
                                    transaction.Query("SELECT count FROM things", {}, 1));
          return transaction.Execute("UPDATE things SET count = :p0", {rows.at(0).Integer(0) + 1})
              .status();
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Ask("SELECT count FROM things", 1).at(0).Integer(0), 80);
}

TEST_P(MetastoreContract, NotifiesAfterTheCommitAlone) {
  std::vector<std::string> heard;
  {
    const Subscription subscription =
        store_->Subscribe("news", [&](const std::string& payload) { heard.push_back(payload); });
    const auto notify = [&](const char* payload, absl::Status result) {
      return store_->Write([&heard, payload, result](Transaction& transaction) {
        transaction.Notify("news", payload);
        transaction.Notify("weather", "rain");
        EXPECT_TRUE(heard.empty() || heard.back() != payload) << "before the commit";
        return result;
      });
    };
    EXPECT_TRUE(notify("first", absl::OkStatus()).ok());
    EXPECT_FALSE(notify("rolled back", absl::CancelledError("")).ok());
    EXPECT_TRUE(notify("second", absl::OkStatus()).ok());
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"first", "second"}));
  ASSERT_TRUE(store_
                  ->Write([](Transaction& transaction) {
                    transaction.Notify("news", "unheard");
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(heard.size(), 2u) << "the subscription had ended";
}

TEST_P(MetastoreContract, CarriesWhoseRowsItMayTouch) {
  const TenantScope acme = TenantScope::Of(base::TenantId("acme"));
  for (const bool writes : {true, false}) {
    const auto look = [&](Transaction& transaction) {
      EXPECT_EQ(transaction.scope(), acme);
      return absl::OkStatus();
    };
    EXPECT_TRUE((writes ? store_->Write(acme, look) : store_->Read(acme, look)).ok());
  }
  EXPECT_TRUE(acme.Covers("acme"));
  for (const char* other : {"", "acm", "acmes"}) EXPECT_FALSE(acme.Covers(other));
  EXPECT_FALSE(TenantScope::Of(base::TenantId()).Covers(""));
  EXPECT_TRUE(TenantScope::Operator().Covers("anybody") && TenantScope::Operator().Covers(""));
}

}  // namespace tenantry::metastore
