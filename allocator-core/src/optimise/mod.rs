//! Convex programmes over weights under hard limits: quadratic, conic and linear.
