//! Fixed weights: a plan. 80 % planned is 80 % placed; the rest stays in cash.

use super::{StrategyScore, StrategyWeighting, Weighing, WeighingContext, weigh_each};
use crate::error::{Code, Problem};
use crate::math;
use crate::wire::At;

pub(super) struct Fixed;

impl StrategyWeighting for Fixed {
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem> {
        let plan = &context.config.strategy_weights;
        for id in plan.keys() {
            if !context.book.strategies().contains(id) {
                let hint = match crate::wire::nearest(id, context.book.strategies().iter().map(String::as_str)) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => String::from("Give its signals, or leave it out of the plan."),
                };
                let path = At::Root.key("config").key("strategy_weights").key(id).to_string();
                return Err(Problem::new(Code::UnknownField, path, format!("No strategy {id:?} is declared."), hint));
            }
        }
        let total = math::sum(plan.values().copied());
        if total > 1.0 + 1e-12 {
            return Err(Problem::new(
                Code::OutOfRange,
                "/config/strategy_weights",
                format!("The strategy weights sum to {:.2}%.", total * 100.0),
                "Let them sum to 100% at most.",
            ));
        }
        let mut weighing = weigh_each(context, |_, id| match plan.get(id) {
            Some(weight) => Ok(StrategyScore::Weighs(*weight)),
            None => Err(Problem::new(
                Code::MissingStatistics,
                "/config/strategy_weights",
                format!("The method fixed has no weight for {id}."),
                format!("Add {id:?} to strategy_weights; 0 leaves it out."),
            )),
        })?;
        weighing.absolute = true;
        Ok(weighing)
    }
}
