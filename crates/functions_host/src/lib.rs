//! Stand-in for the Azure Functions host, for the demo and the tests.
