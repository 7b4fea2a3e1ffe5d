"""A key-encryption key that never leaves a token (an HSM, or a program that acts as one), reached by PKCS#11."""
