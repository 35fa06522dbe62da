using Countersign.Core.Factors;
using Countersign.Core.Tests.Privacy;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What counts and is used up once, whoever asks at the same time, over the real store.</summary>
public abstract class FactorRaceConformance(StoreHome home) : StoreConformance(home)
{
    const int Many = 40;

    readonly EntityIndex _index = new(Rings.WithKeys(1));
    readonly PushDispatch _pushes = new(new NoPushSender(), TimeProvider.System, NullLogger<PushDispatch>.Instance);

    EntityKey Key => _index.Of(Given.Service, EntityGiven.Identity(1));

    [Fact]
    public async Task A_code_that_is_typed_at_many_places_at_once_is_good_at_one()
    {
        var factor = await VerifiedAsync();
        var challenges = new List<Challenge>();
        for (var number = 0; number < Many; number++)
            challenges.Add(await OpenAsync(factor));
        var code = CodeOf(factor);

        // Some make a challenge with it, some answer one.
        var answers = await Task.WhenAll(challenges.Select((challenge, number) => Task.Run(async () => number % 8 == 0
            ? await CreateAsync(factor, code) is CreateChallengeResult.Created { Challenge.Status: ChallengeStatus.Approved }
            : await AnswerAsync(challenge, code) is AnswerChallengeResult.Answered { Challenge.Status: ChallengeStatus.Approved })));

        Assert.Single(answers, true);
    }

    [Fact]
    public async Task Of_right_and_wrong_codes_at_once_at_one_challenge_five_are_compared_and_one_approves()
    {
        var factor = await VerifiedAsync();
        for (var round = 0; round < 5; round++)
        {
            Time.Advance(TimeSpan.FromSeconds(30));
            var challenge = await OpenAsync(factor);
            var (right, wrong) = (CodeOf(factor), WrongFor(factor));

            var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(number => Task.Run(() => AnswerAsync(challenge, number % 6 == 5 ? right : wrong))));

            var compared = answers.OfType<AnswerChallengeResult.Answered>().ToList();
            var approved = compared.Count(answer => answer.Challenge.Status == ChallengeStatus.Approved);
            Assert.InRange(compared.Count - approved, 0, 5);
            Assert.True(approved == 1 || (approved == 0 && compared.Count == 5), $"{approved} of {compared.Count}");
            Assert.All(answers.Except(compared), answer => Assert.True(approved == 1 ? answer is AnswerChallengeResult.AlreadyAnswered : answer is AnswerChallengeResult.MaxTries, answer.ToString()));
        }
    }

    [Fact]
    public async Task Of_many_tries_at_once_to_verify_a_factor_five_are_compared()
    {
        var factor = await NewAsync();
        var update = new UpdateFactor(Store.Entities, new NoEntityEvents(), Time);

        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => Task.Run(() =>
            update.RunAsync(new UpdateFactorCommand { Key = Key, FactorSid = factor.Sid, AuthPayload = WrongFor(factor) }, CancellationToken.None))));

        Assert.Equal(5, answers.OfType<UpdateFactorResult.Updated>().Count());
        Assert.Equal(Many - 5, answers.OfType<UpdateFactorResult.MaxTries>().Count());
    }

    [Fact]
    public async Task Of_many_challenges_at_once_no_more_are_made_than_an_hour_has()
    {
        var factor = await VerifiedAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => Task.Run(() => CreateAsync(factor, null))));

        var made = answers.OfType<CreateChallengeResult.Created>().Select(answer => answer.Challenge.CreatedAt).ToList();
        Assert.Equal((50, 50), (made.Count, made.Distinct().Count()));
        Assert.All(answers.OfType<CreateChallengeResult.TooMany>(), answer => Assert.Equal(TimeSpan.FromHours(1), answer.RetryIn));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.IsType<CreateChallengeResult.Created>(await CreateAsync(factor, null));
    }

    string CodeOf(Factor factor) => TotpCodes.CodeOf(factor.Totp!, TotpCodes.StepAt(factor.Totp!, Time.GetUtcNow()));

    string WrongFor(Factor factor) => Enumerable.Range(0, 10).Select(digit => new string((char)('0' + digit), 6)).First(code => TotpCodes.Match(factor.Totp!, code, Time.GetUtcNow()) is null);

    async Task<Factor> NewAsync()
    {
        var create = new CreateFactor(Store.Entities, _index, new NoEntityEvents(), Time, Given.Random);
        var made = await create.RunAsync(new CreateFactorCommand
        {
            AccountSid = Given.Account,
            ServiceSid = Given.Service,
            Identity = EntityGiven.Identity(1),
            FriendlyName = "Owl",
            Totp = new TotpBinding { Secret = TotpCodes.NewSecret(Given.Random) },
        }, Ct);
        return Assert.IsType<CreateFactorResult.Created>(made).Factor;
    }

    async Task<Factor> VerifiedAsync()
    {
        var factor = await NewAsync();
        var update = new UpdateFactor(Store.Entities, new NoEntityEvents(), Time);
        var verified = await update.RunAsync(new UpdateFactorCommand { Key = Key, FactorSid = factor.Sid, AuthPayload = CodeOf(factor) }, Ct);
        Assert.Equal(FactorStatus.Verified, Assert.IsType<UpdateFactorResult.Updated>(verified).Factor.Status);
        Time.Advance(TimeSpan.FromSeconds(30));
        return factor;
    }

    async Task<Challenge> OpenAsync(Factor factor) => Assert.IsType<CreateChallengeResult.Created>(await CreateAsync(factor, null)).Challenge;

    Task<CreateChallengeResult> CreateAsync(Factor factor, string? code) =>
        new CreateChallenge(Store.Entities, new NoEntityEvents(), _pushes, Time, Given.Random).RunAsync(new CreateChallengeCommand { Key = Key, FactorSid = factor.Sid, Code = code }, CancellationToken.None);

    Task<AnswerChallengeResult> AnswerAsync(Challenge challenge, string code) =>
        new AnswerChallenge(Store.Entities, new NoEntityEvents(), Time).RunAsync(new AnswerChallengeCommand { Key = Key, ChallengeSid = challenge.Sid, AuthPayload = code }, CancellationToken.None);
}
