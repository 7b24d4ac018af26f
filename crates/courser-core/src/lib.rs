//! The words of the Courser HTTP client.
