#include "tenants/tenant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tenantry::tenants {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What ReadTenantFields says of a body; empty when it takes it.
std::string Refusal(const json& body) {
  Tenant tenant;
  const absl::Status status = ReadTenantFields(body, tenant);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(base::Message(status));
}

// What it says of one field's value, given as JSON text.
std::string Refusal(const std::string& field, std::string_view value) {
  return Refusal(json{{field, json::parse(value)}});
}

TEST(ReadTenantFields, TakesEveryFieldAtItsBounds) {
  Tenant tenant;
  const json body = {{"name", std::string(200, 'n')},
                     {"industry", std::string(100, 'i')},
                     {"revenue", 1e12},
                     {"employees", 10'000'000u},
                     {"plan", "enterprise"},
                     {"pattern", "silo"},
                     {"monthlyFee", 0.25},
                     {"totalFee", 0},
                     {"sentiment", -1}};
  ASSERT_EQ(ReadTenantFields(body, tenant), absl::OkStatus());
  EXPECT_EQ(tenant.name, std::string(200, 'n'));
  EXPECT_EQ(tenant.industry, std::string(100, 'i'));
  EXPECT_EQ(tenant.revenue, 1e12);
  EXPECT_EQ(tenant.employees, 10'000'000);
  EXPECT_EQ(tenant.plan, "enterprise");
  EXPECT_EQ(tenant.pattern, "silo");
  EXPECT_EQ(tenant.monthly_fee, 0.25);
  EXPECT_EQ(tenant.total_fee, 0.0);
  EXPECT_EQ(tenant.sentiment, -1.0);
}

TEST(ReadTenantFields, LeavesAloneWhatIsNotGivenAndEmptiesWhatIsNull) {
  Tenant tenant;
  tenant.name = "Acme";
  tenant.industry = "retail";
  tenant.revenue = 5;
  tenant.employees = 7;
  tenant.monthly_fee = 1;
  tenant.total_fee = 2;
  tenant.sentiment = 0.5;
  tenant.plan = "team";
  ASSERT_EQ(ReadTenantFields(json::object(), tenant), absl::OkStatus());
  EXPECT_EQ(tenant.industry, "retail");
  EXPECT_EQ(tenant.revenue, 5.0);
  const json nulls = {{"industry", nullptr},   {"revenue", nullptr},  {"employees", nullptr},
                      {"monthlyFee", nullptr}, {"totalFee", nullptr}, {"sentiment", nullptr}};
  ASSERT_EQ(ReadTenantFields(nulls, tenant), absl::OkStatus());
  EXPECT_FALSE(tenant.industry || tenant.revenue || tenant.employees || tenant.monthly_fee ||
               tenant.total_fee || tenant.sentiment);
  EXPECT_EQ(tenant.name, "Acme");
  EXPECT_EQ(tenant.plan, "team");
}

TEST(ReadTenantFields, CountsTextsInBytes) {
  std::string euros;
  for (int i = 0; i < 34; ++i) euros += "€";
  EXPECT_EQ(Refusal(json{{"industry", euros}}), "industry has 102 bytes: give 1 to 100");
  EXPECT_EQ(Refusal(json{{"name", std::string(201, 'n')}}), "name has 201 bytes: give 1 to 200");
  EXPECT_EQ(Refusal("name", R"("")"), "name has 0 bytes: give 1 to 200");
  EXPECT_EQ(Refusal("industry", R"("")"), "industry has 0 bytes: give 1 to 100");
  EXPECT_EQ(Refusal("name", "null"), "name must be a text");
  EXPECT_EQ(Refusal("name", "7"), "name must be a text");
  EXPECT_EQ(Refusal("industry", R"(["retail"])"), "industry must be a text");
}

TEST(ReadTenantFields, RefusesNumbersPastTheirRangeAndOtherKinds) {
  for (const char* field : {"revenue", "monthlyFee", "totalFee"}) {
    const std::string refusal = std::string(field) + " must be a number from 0 to 1000000000000";
    for (const char* value : {"-0.01", "1000000000001", "1e300", "-1", R"("5")", "true", "[5]"}) {
      EXPECT_THAT(Refusal(field, value), HasSubstr(refusal)) << value;
    }
  }
  for (const char* value : {"-1.0001", "1.0001", R"("good")", "false", "{}"}) {
    EXPECT_EQ(Refusal("sentiment", value), "sentiment must be a number from -1 to 1") << value;
  }
  for (const char* value : {"-1", "10000001", "18446744073709551615", "1.5", "1e3", R"("5")"}) {
    EXPECT_EQ(Refusal("employees", value), "employees must be a whole number from 0 to 10000000")
        << value;
  }
  EXPECT_EQ(Refusal("employees", "0"), "");
  EXPECT_EQ(Refusal("sentiment", "1"), "");
}

TEST(ReadTenantFields, NamesTheChoicesThatThereAre) {
  for (const char* value : {R"("gold")", R"("Free")", R"("")", "null", "1"}) {
    EXPECT_EQ(Refusal("plan", value), "plan must be one of free, team, enterprise") << value;
    EXPECT_EQ(Refusal("pattern", value), "pattern must be one of pool, bridge, silo") << value;
  }
}

TEST(ReadTenantFields, TakesAnyIndustry) {
  for (const char* value : {R"("IT")", R"("zoo keeping")", R"("Gastgewerbe & Küche")"}) {
    EXPECT_EQ(Refusal("industry", value), "") << value;
  }
}

TEST(ReadTenantFields, PointsFromAnUnknownFieldToTheNearest) {
  EXPECT_EQ(Refusal("revenu", "1"), "there is no field 'revenu'; did you mean 'revenue'?");
  EXPECT_THAT(Refusal("created", R"("2025-01-01T00:00:00Z")"), HasSubstr("no field 'created'"));
  EXPECT_THAT(Refusal("version", "7"), HasSubstr("no field 'version'"));
  const std::string endless = Refusal(json{{std::string(1'000'000, 'x'), 1}});
  EXPECT_LT(endless.size(), 200u);
}

TEST(ReadTenantFields, NamesTheFieldsOfTheCallerToo) {
  Tenant tenant;
  const auto refusal = [&](const std::string& name) {
    const absl::Status status = ReadTenantFields({{name, 1}}, tenant, {"status"});
    return std::string(base::Message(status));
  };
  EXPECT_THAT(refusal("zzzzzzzz"), HasSubstr("status"));
  EXPECT_EQ(refusal("staus"), "there is no field 'staus'; did you mean 'status'?");
}

TEST(ReadTenantFields, AsksForAnObject) {
  for (const char* body : {"[]", "null", "7", R"("name")", R"([{"name":"Acme"}])"}) {
    EXPECT_EQ(Refusal(json::parse(body)), "the body must be a JSON object") << body;
  }
}

TEST(TenantStatus, ReadsItsOwnNamesAndNoOthers) {
  for (const TenantStatus status :
       {TenantStatus::kRequested, TenantStatus::kProvisioning, TenantStatus::kActive,
        TenantStatus::kSuspended, TenantStatus::kDeleting, TenantStatus::kDeleted}) {
    ASSERT_TRUE(ParseStatus(StatusName(status)).ok());
    EXPECT_EQ(*ParseStatus(StatusName(status)), status);
  }
  EXPECT_EQ(StatusName(TenantStatus::kRequested), "requested");
  EXPECT_EQ(StatusName(TenantStatus::kDeleted), "deleted");
  for (const char* name : {"", "Active", "active ", "gone"}) {
    EXPECT_THAT(base::Message(ParseStatus(name).status()),
                HasSubstr("is none of requested, provisioning, active, suspended, deleting, "
                          "deleted"));
  }
}

TEST(TenantId, IsOneTo128BytesOfUtf8) {
  EXPECT_TRUE(base::TenantId::Parse("a").ok());
  EXPECT_TRUE(base::TenantId::Parse(std::string(128, 'x')).ok());
  EXPECT_TRUE(base::TenantId::Parse("Ü/ %'").ok());
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("\xff"),
                                std::string("\xc3"), std::string("\xed\xa0\x80")}) {
    const absl::Status status = base::TenantId::Parse(id).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(base::Message(status)), HasSubstr("tenantID"));
    EXPECT_NO_THROW(json(base::Message(status)).dump());
  }
}

TEST(Tenant, ShowsTheWholeRecordAndSendsItWithoutWhatIsTheManagersOwn) {
  Tenant tenant;
  tenant.id = base::TenantId("acme");
  tenant.name = "Acme";
  tenant.employees = 12;
  tenant.sentiment = -0.5;
  tenant.status = TenantStatus::kSuspended;
  tenant.created = absl::FromUnixMicros(1'735'689'599'999'999);
  tenant.updated = absl::FromUnixMicros(1'735'689'600'000'000);
  tenant.version = 3;
  json sent = {{"tenantID", "acme"},  {"name", "Acme"},        {"industry", nullptr},
               {"revenue", nullptr},  {"employees", 12},       {"plan", "free"},
               {"pattern", "bridge"}, {"monthlyFee", nullptr}, {"totalFee", nullptr}};
  EXPECT_EQ(EventData(tenant), sent);
  sent.update({{"sentiment", -0.5},
               {"status", "suspended"},
               {"created", "2024-12-31T23:59:59.999Z"},
               {"updated", "2025-01-01T00:00:00.000Z"},
               {"version", 3}});
  EXPECT_EQ(ToJson(tenant), sent);
}

}  // namespace
}  // namespace tenantry::tenants
