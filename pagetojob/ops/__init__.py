"""Operations, tenant portal, demo data, health checks and the dispatcher. The layer above all product apps."""
