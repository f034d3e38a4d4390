#include <gmock/gmock.h>

#include "lake/sql/sql_worker.h"

// The room's test binary is also the SQL worker that its tests start.
int main(int argc, char** argv) {
  if (tenantry::lake::sql::IsSqlWorker(argc, argv)) tenantry::lake::sql::RunSqlWorker();
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
