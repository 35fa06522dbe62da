using Countersign.Core.Events;

namespace Countersign.Core.Tests.Events;

public sealed class EventProblemsTests
{
    [Theory]
    [InlineData("status_503", "It answered with status 503.")]
    [InlineData("address_not_allowed", "Its name leads to an address that is not public: nothing goes there unless Countersign:Webhooks:AllowedNetworks has it.")]
    [InlineData("internal_error", "The server failed to send it; its log says why.")]
    public void A_problem_is_explained_and_a_setting_that_matters_is_named(string problem, string explanation) => Assert.Equal(explanation, EventProblems.Explain(problem));
}
