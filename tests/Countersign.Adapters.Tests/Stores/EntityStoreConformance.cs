using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Insight;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

public abstract class EntityStoreConformance(StoreHome home) : StoreConformance(home)
{
    static readonly EntityKey Ann = EntityGiven.Key(1);

    [Fact]
    public async Task Of_nobody_nothing_is_there()
    {
        var state = await Store.Entities.ReadAsync(Ann, new EntityRead(Sid.NewRandom("YF", Given.Random), Sid.NewRandom("YC", Given.Random), AllFactors: true), Ct);

        Assert.Equal((null, null, null), (state.Entity, state.Factor, state.Challenge));
        Assert.Empty(state.Factors);
        Assert.False(await Store.Entities.DeleteAsync(Ann, Ct));
        Assert.Null(await Store.Entities.FindAsync(Given.Service, Sid.NewRandom("YE", Given.Random), Ct));
        Assert.Null(await Store.Entities.FindByCredentialAsync(Given.Service, 1, Ct));
        Assert.Empty((await Store.Entities.ListAsync(Given.Service, new PageRequest(10, null), Ct)).Items);
        Assert.Empty((await ListAsync(Ann, new ChallengeFilter())).Items);
        Assert.Null(await Store.Entities.FindTokenAsync(Given.Service, Sid.NewRandom("YK", Given.Random), Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_that_was_kept_is_read_again(bool reopened)
    {
        var entity = EntityGiven.Entity(1, Desk.Opening) with { FactorsMade = [Desk.Opening, Desk.Opening.AddSeconds(1)], NewestChallengeAt = Desk.Opening.AddMinutes(1) };
        var (totp, push) = (EntityGiven.Totp(entity, Desk.Opening.AddSeconds(1)), EntityGiven.Push(entity, Desk.Opening.AddSeconds(2)));
        var passkey = EntityGiven.Passkey(entity, Desk.Opening.AddSeconds(3), 77);
        var challenge = EntityGiven.Challenge(push, Desk.Opening.AddMinutes(1)) with { Status = ChallengeStatus.Approved, RespondedAt = Desk.Opening.AddMinutes(2) };

        await PutAsync(Ann, entity, totp, challenge);
        await PutAsync(Ann, null, push);
        await PutAsync(Ann, null, passkey);
        if (reopened)
            await ReopenAsync();

        var state = await Store.Entities.ReadAsync(Ann, new EntityRead(totp.Sid, challenge.Sid, AllFactors: true), Ct);
        Assert.Equal(EntityGiven.Text(entity), EntityGiven.Text(state.Entity!));
        Assert.Equal(EntityGiven.Text(totp), EntityGiven.Text(state.Factor!));
        Assert.Equal(EntityGiven.Text(challenge), EntityGiven.Text(state.Challenge!));
        Assert.Equal(EntityGiven.Text(new[] { totp, push, passkey }), EntityGiven.Text(state.Factors));
        Assert.Equal(EntityGiven.Text(entity), EntityGiven.Text((await Store.Entities.FindAsync(Given.Service, entity.Sid, Ct))!));
        Assert.Equal(EntityGiven.Text(passkey), EntityGiven.Text((await Store.Entities.FindByCredentialAsync(Given.Service, 77, Ct))!));
    }

    [Fact]
    public async Task Factors_of_one_type_are_read_alone_beside_the_one_that_is_named()
    {
        var entity = EntityGiven.Entity(1, Desk.Opening);
        var (totp, push, passkey) = (EntityGiven.Totp(entity, Desk.Opening), EntityGiven.Push(entity, Desk.Opening.AddSeconds(1)), EntityGiven.Passkey(entity, Desk.Opening.AddSeconds(2), 78));
        var later = EntityGiven.Push(entity, Desk.Opening.AddSeconds(3));
        await PutAsync(Ann, entity, totp);
        foreach (var factor in new[] { push, passkey, later })
            await PutAsync(Ann, null, factor);

        var state = await Store.Entities.ReadAsync(Ann, new EntityRead(totp.Sid, Only: FactorType.Push), Ct);

        Assert.Equal(EntityGiven.Text(totp), EntityGiven.Text(state.Factor!));
        Assert.Equal(EntityGiven.Text(new[] { push, later }), EntityGiven.Text(state.Factors));
        Assert.Empty((await Store.Entities.ReadAsync(Ann, new EntityRead(Only: FactorType.BackupCodes), Ct)).Factors);
        Assert.Equal(4, (await Store.Entities.ReadAsync(Ann, new EntityRead(AllFactors: true), Ct)).Factors.Count);
    }

    [Fact]
    public async Task A_challenge_brings_its_factor()
    {
        var (entity, factor) = await PersonAsync(1);
        await PutAsync(Ann, null, EntityGiven.Push(entity, Desk.Opening));
        var challenge = EntityGiven.Challenge(factor, Desk.Opening);
        await PutAsync(Ann, null, null, challenge);

        var state = await Store.Entities.ReadAsync(Ann, new EntityRead(Challenge: challenge.Sid), Ct);

        Assert.Equal((factor.Sid, 0), (state.Factor!.Sid, state.Factors.Count));
    }

    [Fact]
    public async Task What_is_anothers_is_not_there()
    {
        var (ann, factor) = await PersonAsync(1);
        var challenge = EntityGiven.Challenge(factor, Desk.Opening);
        await PutAsync(Ann, null, EntityGiven.Passkey(ann, Desk.Opening, 5), challenge);
        var (bob, elsewhere) = (EntityGiven.Key(2), EntityGiven.Key(1, Given.OtherService));
        await PersonAsync(2);
        await PutAsync(elsewhere, EntityGiven.Entity(1, Desk.Opening, Given.OtherService));

        foreach (var key in new[] { bob, elsewhere })
        {
            var state = await Store.Entities.ReadAsync(key, new EntityRead(factor.Sid, challenge.Sid), Ct);
            Assert.NotNull(state.Entity);
            Assert.Equal((null, null), (state.Factor, state.Challenge));
            Assert.Empty((await ListAsync(key, new ChallengeFilter())).Items);
        }

        // The key of another service does not open even what its index value would find.
        Assert.Null((await Store.Entities.ReadAsync(Ann with { ServiceSid = Given.OtherService }, new EntityRead(factor.Sid), Ct)).Entity);
        Assert.Null(await Store.Entities.FindAsync(Given.OtherService, ann.Sid, Ct));
        Assert.Null(await Store.Entities.FindByCredentialAsync(Given.OtherService, 5, Ct));
    }

    [Fact]
    public async Task A_change_is_kept_whole_or_not_at_all()
    {
        var (entity, factor) = await PersonAsync(1);
        await Assert.ThrowsAsync<NotSupportedException>(() => Store.Entities.ChangeAsync<int>(Ann, default, _ => throw new NotSupportedException(), Ct));

        var result = await Store.Entities.ChangeAsync(Ann, new EntityRead(factor.Sid), state => new EntityChange<string>("kept")
        {
            Entity = state.Entity! with { UpdatedAt = Desk.Opening.AddMinutes(9), FactorsMade = [Desk.Opening] },
            Factor = state.Factor! with { Status = FactorStatus.Verified, Totp = state.Factor.Totp! with { LastStep = 7 }, UpdatedAt = Desk.Opening.AddMinutes(9) },
            Challenge = EntityGiven.Challenge(state.Factor, Desk.Opening),
        }, Ct);
        await ReopenAsync();

        var after = await Store.Entities.ReadAsync(Ann, new EntityRead(factor.Sid), Ct);
        Assert.Equal("kept", result);
        Assert.Equal((Desk.Opening.AddMinutes(9), Desk.Opening), (after.Entity!.UpdatedAt, after.Entity.CreatedAt));
        Assert.Equal((FactorStatus.Verified, 7, entity.Sid), (after.Factor!.Status, after.Factor.Totp!.LastStep, after.Factor.EntitySid));
        Assert.Single((await ListAsync(Ann, new ChallengeFilter())).Items);
    }

    [Fact]
    public async Task Of_many_steps_at_once_each_is_decided_on_what_the_one_before_has_kept()
    {
        var (_, factor) = await PersonAsync(1);
        var challenge = EntityGiven.Challenge(factor, Desk.Opening) with { Tries = 0 };
        await PutAsync(Ann, null, null, challenge);

        var allowed = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => Store.Entities.ChangeAsync(
            Ann,
            new EntityRead(Challenge: challenge.Sid),
            state => state.Challenge!.Tries >= 5 ? new EntityChange<int>(0) : new EntityChange<int>(1)
            {
                Challenge = state.Challenge with { Tries = state.Challenge.Tries + 1 },
                Factor = state.Factor! with { Tries = state.Factor.Tries + 1 },
            },
            CancellationToken.None))));

        Assert.Equal(5, allowed.Sum());
        await ReopenAsync();
        var after = await Store.Entities.ReadAsync(Ann, new EntityRead(Challenge: challenge.Sid), Ct);
        Assert.Equal((5, 5), (after.Challenge!.Tries, after.Factor!.Tries));
    }

    [Fact]
    public async Task Of_many_who_make_the_same_entity_one_does()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => Store.Entities.ChangeAsync(
            Ann,
            default,
            state => state.Entity is not null ? new EntityChange<bool>(false) : new EntityChange<bool>(true) { Entity = EntityGiven.Entity(1, Desk.Opening) },
            CancellationToken.None))));

        Assert.Single(made, true);
        Assert.Single((await Store.Entities.ListAsync(Given.Service, new PageRequest(10, null), Ct)).Items);
    }

    [Fact]
    public async Task Of_many_who_add_a_factor_no_more_get_through_than_the_step_lets()
    {
        var (entity, _) = await PersonAsync(1);

        var added = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => Store.Entities.ChangeAsync(
            Ann,
            new EntityRead(AllFactors: true),
            state => state.Factors.Count >= 10 ? new EntityChange<bool>(false) : new EntityChange<bool>(true) { Factor = EntityGiven.Totp(entity, Desk.Opening) },
            CancellationToken.None))));

        Assert.Equal(9, added.Count(static one => one));
    }

    [Fact]
    public async Task A_credential_has_one_holder()
    {
        var (ann, _) = await PersonAsync(1);
        var (bob, bobs) = await PersonAsync(2);
        var mine = EntityGiven.Passkey(ann, Desk.Opening, UInt128.MaxValue);
        await PutAsync(Ann, null, mine);
        await PutAsync(Ann, null, mine with { FriendlyName = "Again mine" });

        var taken = await Store.Entities.ChangeAsync(EntityGiven.Key(2), new EntityRead(bobs.Sid), state => new EntityChange<string>("kept")
        {
            Entity = state.Entity! with { UpdatedAt = Desk.Opening.AddYears(1) },
            Factor = EntityGiven.Passkey(bob, Desk.Opening, UInt128.MaxValue),
            WhenTaken = "taken",
        }, Ct);

        Assert.Equal("taken", taken);
        Assert.Equal("Again mine", (await Store.Entities.FindByCredentialAsync(Given.Service, UInt128.MaxValue, Ct))!.FriendlyName);
        var state = await Store.Entities.ReadAsync(EntityGiven.Key(2), new EntityRead(AllFactors: true), Ct);
        Assert.Equal((1, bob.UpdatedAt), (state.Factors.Count, state.Entity!.UpdatedAt));

        // Whoever removes a factor frees its credential.
        await Store.Entities.ChangeAsync(Ann, new EntityRead(mine.Sid), _ => new EntityChange<int>(0) { RemovedFactor = mine.Sid }, Ct);
        await PutAsync(EntityGiven.Key(2), null, EntityGiven.Passkey(bob, Desk.Opening, UInt128.MaxValue));
    }

    [Fact]
    public async Task A_removed_factor_is_gone_and_its_challenges_stay()
    {
        var (_, factor) = await PersonAsync(1);
        var challenge = EntityGiven.Challenge(factor, Desk.Opening);
        await PutAsync(Ann, null, null, challenge);

        await Store.Entities.ChangeAsync(Ann, new EntityRead(factor.Sid), _ => new EntityChange<int>(0) { RemovedFactor = factor.Sid }, Ct);

        var state = await Store.Entities.ReadAsync(Ann, new EntityRead(factor.Sid, challenge.Sid, AllFactors: true), Ct);
        Assert.Null(state.Factor);
        Assert.Empty(state.Factors);
        Assert.NotNull(state.Challenge);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_is_removed_leaves_nothing_to_who_comes_after(bool reopened)
    {
        var (entity, factor) = await PersonAsync(1);
        var challenges = new List<Challenge>();
        for (var number = 0; number < 300; number++)
        {
            challenges.Add(EntityGiven.Challenge(factor, Desk.Opening.AddMilliseconds(number)));
            await PutAsync(Ann, null, null, challenges[^1]);
        }

        await PutAsync(Ann, null, EntityGiven.Passkey(entity, Desk.Opening, 9));
        Assert.True(await Store.Entities.DeleteAsync(Ann, Ct));
        Assert.False(await Store.Entities.DeleteAsync(Ann, Ct));
        if (reopened)
            await ReopenAsync();

        Assert.Null(await Store.Entities.FindAsync(Given.Service, entity.Sid, Ct));
        Assert.Null(await Store.Entities.FindByCredentialAsync(Given.Service, 9, Ct));
        Assert.Null((await Store.Entities.ReadAsync(Ann, new EntityRead(factor.Sid, challenges[0].Sid), Ct)).Entity);
        var (next, _) = await PersonAsync(1);
        var state = await Store.Entities.ReadAsync(Ann, new EntityRead(factor.Sid, challenges[^1].Sid, AllFactors: true), Ct);
        Assert.Equal((next.Sid, null, null, 1), (state.Entity!.Sid, state.Factor, state.Challenge, state.Factors.Count));
        Assert.Empty((await ListAsync(Ann, new ChallengeFilter())).Items);
    }

    [Fact]
    public async Task What_is_put_below_an_entity_while_it_is_removed_does_not_come_back()
    {
        for (var round = 0; round < 20; round++)
        {
            var (entity, factor) = await PersonAsync(1);
            var credential = (UInt128)(round + 1);

            await Task.WhenAll(
                Task.Run(() => Store.Entities.DeleteAsync(Ann, CancellationToken.None)),
                Task.Run(() => Store.Entities.ChangeAsync(
                    Ann,
                    new EntityRead(factor.Sid),
                    state => state.Factor is null ? new EntityChange<int>(0) : new EntityChange<int>(1) { Factor = EntityGiven.Passkey(entity, Desk.Opening, credential) },
                    CancellationToken.None)));

            Assert.Null((await Store.Entities.ReadAsync(Ann, default, Ct)).Entity);
            Assert.Null(await Store.Entities.FindByCredentialAsync(Given.Service, credential, Ct));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Pages_of_entities_lead_from_the_newest_to_the_oldest_and_back(int size)
    {
        for (var number = 0; number < 7; number++)
            await PersonAsync(number);
        await PutAsync(EntityGiven.Key(1, Given.OtherService), EntityGiven.Entity(1, Desk.Opening, Given.OtherService));

        var (there, back) = await WalkAsync(
            cursor => Store.Entities.ListAsync(Given.Service, new PageRequest(size, cursor), Ct), entity => entity.Identity.Reveal(), size);

        var expected = Enumerable.Range(0, 7).Reverse().Select(number => EntityGiven.Identity(number).Reveal());
        Assert.Equal(expected, there);
        Assert.Equal(expected, back);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public async Task Pages_of_challenges_lead_in_either_order_and_back(int size, bool oldestFirst)
    {
        var (_, factor) = await PersonAsync(1);
        var sids = new List<Sid>();
        for (var number = 0; number < 7; number++)
        {
            var challenge = EntityGiven.Challenge(factor, Desk.Opening.AddMilliseconds(number));
            sids.Add(challenge.Sid);
            await PutAsync(Ann, null, null, challenge);
        }

        var (there, back) = await WalkAsync(
            cursor => Store.Entities.ListChallengesAsync(Ann, new ChallengeFilter(null, null, oldestFirst, Desk.Opening), new PageRequest(size, cursor), Ct),
            challenge => challenge.Sid, size);

        if (!oldestFirst)
            sids.Reverse();
        Assert.Equal(sids, there);
        Assert.Equal(sids, back);
    }

    [Fact]
    public async Task Challenges_are_listed_by_factor_and_by_what_became_of_them()
    {
        var (entity, totp) = await PersonAsync(1);
        var push = EntityGiven.Push(entity, Desk.Opening);
        var now = Desk.Opening.AddHours(2);
        var old = EntityGiven.Challenge(totp, Desk.Opening);
        var approved = EntityGiven.Challenge(totp, now.AddMinutes(-9)) with { Status = ChallengeStatus.Approved };
        var denied = EntityGiven.Challenge(push, now.AddMinutes(-8)) with { Status = ChallengeStatus.Denied };
        var justOver = EntityGiven.Challenge(push, now.AddMinutes(-5)) with { ExpiresAt = now };
        var pending = EntityGiven.Challenge(push, now.AddMinutes(-59)) with { ExpiresAt = now.AddMilliseconds(1) };
        await PutAsync(Ann, null, push, old);
        foreach (var challenge in new[] { approved, denied, justOver, pending })
            await PutAsync(Ann, null, null, challenge);

        async Task<Sid[]> Of(Sid? factor, ChallengeFilterStatus? status) =>
            [.. (await ListAsync(Ann, new ChallengeFilter(factor, status, true, now))).Items.Select(challenge => challenge.Sid)];

        Assert.Equal([old.Sid, pending.Sid, approved.Sid, denied.Sid, justOver.Sid], await Of(null, null));
        Assert.Equal([old.Sid, approved.Sid], await Of(totp.Sid, null));
        Assert.Equal([pending.Sid], await Of(null, ChallengeFilterStatus.Pending));
        Assert.Equal([old.Sid, justOver.Sid], await Of(null, ChallengeFilterStatus.Expired));
        Assert.Equal([justOver.Sid], await Of(push.Sid, ChallengeFilterStatus.Expired));
        Assert.Equal([approved.Sid], await Of(null, ChallengeFilterStatus.Approved));
        Assert.Equal([denied.Sid], await Of(null, ChallengeFilterStatus.Denied));
        Assert.Empty(await Of(totp.Sid, ChallengeFilterStatus.Denied));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_access_token_is_read_again_by_its_own_service(bool reopened)
    {
        var token = new AccessToken
        {
            Sid = Sid.NewOrdered("YK", Desk.Opening, Given.Random),
            ServiceSid = Given.Service,
            AccountSid = Given.Account,
            Identity = EntityGiven.Identity(1),
            FactorType = FactorType.Push,
            FactorFriendlyName = "Owl",
            Lifetime = TimeSpan.FromSeconds(61),
            CreatedAt = Desk.Opening,
        };
        await Store.Entities.AddTokenAsync(token, Ct);
        if (reopened)
            await ReopenAsync();

        Assert.Equal(EntityGiven.Text(token), EntityGiven.Text((await Store.Entities.FindTokenAsync(Given.Service, token.Sid, Ct))!));
        Assert.Null(await Store.Entities.FindTokenAsync(Given.OtherService, token.Sid, Ct));
    }

    [Fact]
    public async Task Old_challenges_and_tokens_go_and_the_person_stays()
    {
        await Store.Services.CreateAsync(Given.FullService(Given.Service), Ct);
        var (_, factor) = await PersonAsync(1);
        var cutoff = Desk.Opening.AddDays(10);
        var newer = EntityGiven.Challenge(factor, cutoff);
        await PutAsync(Ann, null, null, newer);
        for (var number = 0; number < 70; number++)
            await PutAsync(Ann, null, null, EntityGiven.Challenge(factor, Desk.Opening.AddMilliseconds(number)));
        var token = new AccessToken
        {
            Sid = Sid.NewOrdered("YK", Desk.Opening, Given.Random),
            ServiceSid = Given.Service,
            AccountSid = Given.Account,
            Identity = EntityGiven.Identity(1),
            FactorType = FactorType.Push,
            Lifetime = TimeSpan.FromMinutes(1),
            CreatedAt = Desk.Opening,
        };
        await Store.Entities.AddTokenAsync(token, Ct);

        var (challenges, tokens) = (0L, 0L);
        for (var slice = new RetentionSlice { HasMore = true }; slice.HasMore; challenges += slice.Challenges, tokens += slice.AccessTokens)
            slice = await Store.Retention.RemoveAsync(new RetentionCutoffs(cutoff, null, cutoff), Ct);

        Assert.Equal((70, 1), (challenges, tokens));
        Assert.Equal(newer.Sid, Assert.Single((await ListAsync(Ann, new ChallengeFilter())).Items).Sid);
        Assert.NotNull((await Store.Entities.ReadAsync(Ann, new EntityRead(factor.Sid), Ct)).Factor);
        Assert.Null(await Store.Entities.FindTokenAsync(Given.Service, token.Sid, Ct));
    }

    [Fact]
    public async Task People_of_a_service_that_is_gone_go_too_and_those_of_others_stay()
    {
        await Store.Services.CreateAsync(Given.FullService(Given.Service), Ct);
        var kept = await PersonAsync(1);
        for (var number = 0; number < 50; number++)
        {
            var (key, entity) = (EntityGiven.Key(number, Given.OtherService), EntityGiven.Entity(number, Desk.Opening, Given.OtherService));
            var factor = EntityGiven.Passkey(entity, Desk.Opening, (UInt128)(number + 1));
            await PutAsync(key, entity, factor, EntityGiven.Challenge(factor, Desk.Opening));
        }

        var removed = 0L;
        for (var slice = new RetentionSlice { HasMore = true }; slice.HasMore; removed += slice.Entities)
            slice = await Store.Retention.RemoveAsync(new RetentionCutoffs(null, null, Desk.Opening), Ct);

        Assert.Equal(50, removed);
        Assert.Null(await Store.Entities.FindByCredentialAsync(Given.OtherService, 1, Ct));
        Assert.Empty((await Store.Entities.ListAsync(Given.OtherService, new PageRequest(10, null), Ct)).Items);
        Assert.NotNull((await Store.Entities.ReadAsync(Ann, new EntityRead(kept.Factor.Sid), Ct)).Factor);
    }

    Task<Page<Challenge>> ListAsync(EntityKey key, ChallengeFilter filter) => Store.Entities.ListChallengesAsync(key, filter, new PageRequest(100, null), Ct);

    async Task<(Entity Entity, Factor Factor)> PersonAsync(int number)
    {
        var entity = EntityGiven.Entity(number, Desk.Opening);
        var factor = EntityGiven.Totp(entity, Desk.Opening);
        await PutAsync(EntityGiven.Key(number), entity, factor);
        return (entity, factor);
    }

    async Task PutAsync(EntityKey key, Entity? entity, Factor? factor = null, Challenge? challenge = null) => await Store.Entities.ChangeAsync(
        key, default, _ => new EntityChange<int>(0) { Entity = entity, Factor = factor, Challenge = challenge }, Ct);

    static async Task<(List<TKey> There, List<TKey> Back)> WalkAsync<T, TKey>(Func<PageCursor?, Task<Page<T>>> read, Func<T, TKey> name, int size)
    {
        var (there, back) = (new List<TKey>(), new List<TKey>());
        var page = await read(null);
        Assert.Null(page.Previous);
        while (true)
        {
            Assert.InRange(page.Items.Count, 1, size);
            there.AddRange(page.Items.Select(name));
            if (page.Next is null)
                break;
            page = await read(page.Next);
        }

        while (true)
        {
            back.InsertRange(0, page.Items.Select(name));
            if (page.Previous is null)
                break;
            page = await read(page.Previous);
        }

        return (there, back);
    }
}
