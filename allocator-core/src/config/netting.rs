//! Settings of netting: what is crossed, what trading costs, how fills are shared out.

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::Faults;
use crate::wire::{At, choice, record};

choice! {
    /// In which units a fill is shared out among the orders behind it.
    pub enum ShareRounding {
        /// The finest that the orders and fills of the symbol use: whole shares stay whole.
        AsOrdered = "as_ordered",
        /// The last of twelve decimals.
        Finest = "finest",
    }
}

record! {
    /// What one order costs: the largest of its minimum and per-share plus rate.
    pub struct CommissionConfig {
        /// Money for one order at least.
        pub minimum: f64 = 0.0,
        /// Money for one share.
        pub per_share: f64 = 0.005,
        /// Basis points of the money traded.
        pub rate_bps: f64 = 0.0,
    }
}

record! {
    /// Settings of netting (P6).
    pub struct NettingConfig {
        /// What one order costs.
        pub commission: CommissionConfig = CommissionConfig::default(),
        /// Whether orders of different type or limit price are crossed with each other where both accept the fair price.
        pub cross_groups: bool = true,
        /// Half of the spread between bid and ask, in basis points; null where it is unknown.
        pub half_spread_bps: Option<f64> = None,
        /// Whether opposite orders are crossed. If not, everything is sent, and what could meet is sent one after the other.
        pub netting_enabled: bool = true,
        /// In which units a fill is shared out.
        pub shares: ShareRounding = ShareRounding::AsOrdered,
    }
}

impl CommissionConfig {
    /// Checks every number; pushes all faults found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("minimum"), "minimum", self.minimum, Range::FromZeroTo(1e9), faults);
        check_range(&at.key("per_share"), "per_share", self.per_share, Range::FromZeroTo(1e6), faults);
        check_range(&at.key("rate_bps"), "rate_bps", self.rate_bps, Range::FromZeroTo(1e4), faults);
    }
}

impl OperationConfig for NettingConfig {
    fn compat(preset: Compat) -> Self {
        match preset {
            Compat::S002 => NettingConfig { cross_groups: false, shares: ShareRounding::Finest, ..Self::default() },
            _ => Self::default(),
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        self.commission.validate(&at.key("commission"), faults);
        if let Some(spread) = self.half_spread_bps {
            check_range(&at.key("half_spread_bps"), "half_spread_bps", spread, Range::FromZeroTo(1e4), faults);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    #[test]
    fn every_fault_is_reported() {
        let mut faults = Faults::new();
        let text = br#"{"commission":{"minimum":-1,"per_share":1e9,"rate_bps":-0.1},"half_spread_bps":20000}"#;
        NettingConfig::decode(&parse(text).unwrap(), &At::Root, &mut faults).unwrap().validate(&At::Root, &mut faults);
        let found: Vec<&str> = faults.as_slice().iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(found, ["/commission/minimum", "/commission/per_share", "/commission/rate_bps", "/half_spread_bps"]);
        let mut faults = Faults::new();
        NettingConfig::default().validate(&At::Root, &mut faults);
        assert!(faults.is_empty());
    }
}
