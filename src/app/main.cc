#include "app/command_line.h"

int main(int argc, char** argv) { return tenantry::app::Main(argc, argv); }
