"""What people and monitors are told: doctor, alerts, metrics, the support file."""
